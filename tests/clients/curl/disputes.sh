#!/usr/bin/env bash
# Creates and reads a dispute with curl and plain JSON; without a token both are refused.
set -euo pipefail
: "${YIWANG_ADDRESS:?}" "${YIWANG_TOKEN:?}" "${YIWANG_GRID:?}"

# call METHOD JSON [TOKEN]: prints the answer's body, then its HTTP status on a line of its own.
call() {
  curl --silent --show-error --write-out '\n%{http_code}\n' \
    --header 'Content-Type: application/json' --header "Authorization: Bearer ${3-$YIWANG_TOKEN}" \
    --data "$2" "http://$YIWANG_ADDRESS/yiwang.dispatch.v1.DisputeService/$1"
}
expect() {
  local what=$1 wanted=$2 answer=$3
  if ! grep -q "$wanted" <<<"$answer"; then
    printf '%s: expected %s, got\n%s\n' "$what" "$wanted" "$answer" >&2
    exit 1
  fi
  printf '%-28s %s\n' "$what" "$wanted"
}

request_id=$(cat /proc/sys/kernel/random/uuid)
report="{\"requestId\": \"$request_id\", \"gridCode\": \"$YIWANG_GRID\", \"typeCode\": \"0201\",
  \"scale\": \"SCALE_INDIVIDUAL\", \"people\": 2, \"channel\": \"CHANNEL_RESIDENT\",
  \"details\": {\"parties\": [{\"name\": \"甲\"}, {\"name\": \"乙\"}], \"summary\": \"共用水阀漏水\"}}"

answer=$(call ReportDispute "$report")
expect "create" '^200$' "$answer"
id=$(sed -n 's/.*"disputeId": *"\([^"]*\)".*/\1/p' <<<"$answer" | head -n 1)
expect "read it" '"STATE_REPORTED"' "$(call GetDispute "{\"disputeId\": \"$id\"}")"
expect "the same request again" "$id" "$(call ReportDispute "$report")"

answer=$(call ReportDispute '{"gridCode": "12"}')
expect "wrong fields: status" '^400$' "$answer"
expect "wrong fields: code" '"code": *"invalid_argument"' "$answer"
expect "wrong fields: which" 'request_id' "$answer"
expect "no token: create" '^401$' "$(call ReportDispute "$report" '')"
expect "no token: read" '^401$' "$(call GetDispute "{\"disputeId\": \"$id\"}" '')"
