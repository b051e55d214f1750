"""Creates, reads and lists disputes by gRPC, and shows what refusals say."""

import os
import sys
import uuid

import grpc
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from yiwang.dispatch.v1 import details_pb2, dispute_pb2
from yiwang.dispatch.v1 import dispute_service_pb2 as api
from yiwang.dispatch.v1 import dispute_service_pb2_grpc as services


def connect():
    """Returns a stub and the metadata that every call needs."""
    channel = grpc.insecure_channel(os.environ["YIWANG_ADDRESS"])
    metadata = (("authorization", f"Bearer {os.environ['YIWANG_TOKEN']}"),)
    return services.DisputeServiceStub(channel), metadata


def refusal(error):
    """Returns what a refusal says: code, reason, domain, wrong fields, Chinese text."""
    told = {"code": error.code().name, "fields": {}}
    status = rpc_status.from_call(error)
    for detail in status.details if status else ():
        info = error_details_pb2.ErrorInfo()
        wrong = error_details_pb2.BadRequest()
        local = error_details_pb2.LocalizedMessage()
        if detail.Unpack(info):
            told.update(reason=info.reason, domain=info.domain, metadata=dict(info.metadata))
        elif detail.Unpack(wrong):
            told["fields"] = {v.field: v.description for v in wrong.field_violations}
        elif detail.Unpack(local):
            told["chinese"] = local.message
    return told


def refused(call, *args, **kwargs):
    """Makes a call that has to be refused and returns what the refusal says."""
    try:
        call(*args, **kwargs)
    except grpc.RpcError as error:
        return refusal(error)
    sys.exit("a call that had to be refused was carried out")


def report(grid, request_id):
    """A report of two households that quarrel over a shared water valve."""
    return api.ReportDisputeRequest(
        request_id=request_id,
        grid_code=grid,
        type_code="0201",
        scale=dispute_pb2.SCALE_INDIVIDUAL,
        people=2,
        channel=dispute_pb2.CHANNEL_GRID_WORKER,
        details=details_pb2.Details(
            parties=[details_pb2.Party(name="甲"), details_pb2.Party(name="乙")],
            summary="共用水阀漏水",
        ),
    )


def main():
    """Walks through it; every step ends the program when it is not as the contract says."""
    stub, metadata = connect()
    grid = os.environ["YIWANG_GRID"]
    request_id = str(uuid.uuid4())

    made = stub.ReportDispute(report(grid, request_id), metadata=metadata, timeout=10)
    dispute = made.dispute
    print(f"created   {dispute.case_code} at position {made.feed_position}")

    # A client that got no answer sends the same request again, and gets the first one's answer.
    again = stub.ReportDispute(report(grid, request_id), metadata=metadata, timeout=10)
    assert again.dispute.dispute_id == dispute.dispute_id
    assert again.feed_position == made.feed_position
    print("repeated  the same dispute, the same position")

    read = stub.GetDispute(api.GetDisputeRequest(dispute_id=dispute.dispute_id), metadata=metadata)
    assert read.dispute.state == dispute_pb2.Dispute.STATE_REPORTED
    assert "AcceptDispute" in read.dispute.allowed_commands

    seen, token = [], ""
    while True:
        page = stub.ListDisputes(
            api.ListDisputesRequest(area_code=grid[:12], page_size=50, page_token=token),
            metadata=metadata,
        )
        seen += [item.dispute_id for item in page.disputes]
        token = page.next_page_token
        if not token:
            break
    assert dispute.dispute_id in seen
    print(f"listed    {len(seen)} of the community")

    told = refused(stub.ReportDispute, api.ReportDisputeRequest(), metadata=metadata)
    assert told["code"] == "INVALID_ARGUMENT", told
    assert {"request_id", "grid_code", "type_code", "scale", "channel"} <= told["fields"].keys(), told
    assert told["chinese"], told
    print(f"refused   {told['reason']}: {', '.join(sorted(told['fields']))}")

    told = refused(
        stub.CloseDispute,
        api.CloseDisputeRequest(request_id=str(uuid.uuid4()), dispute_id=dispute.dispute_id),
        metadata=metadata,
    )
    assert (told["code"], told["reason"]) == ("FAILED_PRECONDITION", "ILLEGAL_TRANSITION"), told
    print(f"refused   {told['reason']}: {told['metadata']}")

    unknown = api.GetDisputeRequest(dispute_id=str(uuid.uuid4()))
    told = refused(stub.GetDispute, unknown, metadata=metadata)
    assert told["code"] == "NOT_FOUND", told
    told = refused(stub.GetDispute, unknown)
    assert told["code"] == "UNAUTHENTICATED", told
    told = refused(stub.ReportDispute, report(grid, str(uuid.uuid4())))
    assert told["code"] == "UNAUTHENTICATED", told
    print("refused   an unknown dispute; reading and creating without a token")


if __name__ == "__main__":
    main()
