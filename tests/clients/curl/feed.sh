#!/usr/bin/env bash
# Reads dispatch's feed page by page with curl; the cursor in FILE says where to go on, also after a crash.
#
#   feed.sh FILE
set -euo pipefail
: "${YIWANG_ADDRESS:?}" "${YIWANG_TOKEN:?}"
file=$1
[ -s "$file" ] || echo null >"$file"

# get NAME: a field of the page on standard input, as JSON.
get() { python3 -c 'import json, sys; print(json.dumps(json.load(sys.stdin)["page"].get(sys.argv[1])))' "$1"; }

while :; do
  answer=$(curl --silent --show-error --fail \
    --header 'Content-Type: application/json' --header "Authorization: Bearer $YIWANG_TOKEN" \
    --data "{\"service\": \"dispatch\", \"view\": \"RECORD_VIEW_DECODED\", \"pageSize\": 5, \"cursor\": $(cat "$file")}" \
    "http://$YIWANG_ADDRESS/yiwang.feed.v1.FeedService/Pull")
  # Here goes what you do with the page. It is to last before the cursor does, or together with it.
  python3 -c 'import json, sys
for one in json.load(sys.stdin)["page"].get("envelopes", []):
    print(one["header"]["position"], one["header"]["type"], one["header"]["subject"])' <<<"$answer"
  get next <<<"$answer" >"$file.new"
  mv "$file.new" "$file"
  [ "$(get upto <<<"$answer")" != "$(get head <<<"$answer")" ] || break
done
