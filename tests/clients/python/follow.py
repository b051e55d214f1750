"""Follows dispatch's feed and counts disputes; what it knows and how far it has come are stored together.

State and cursor go to disk in one atomic step, so that a crash at any moment neither loses an event nor counts one twice:
exactly what a webhook cannot promise. Run it again and it goes on where it was.
"""

import argparse
import json
import os
import pathlib
import time

import grpc
from google.protobuf import any_pb2
from yiwang.dispatch.v1 import events_pb2
from yiwang.feed.v1 import feed_pb2, feed_pb2_grpc


class Counts:
    """How many disputes were reported per type, with the cursor at which that holds."""

    def __init__(self, path):
        self.path = pathlib.Path(path)
        self.cursor, self.types, self.seen = None, {}, 0
        if self.path.exists():
            stored = json.loads(self.path.read_text())
            log = feed_pb2.LogId(**stored["log"])
            self.cursor = feed_pb2.Cursor(
                log=log,
                position=stored["position"],
                hash=bytes.fromhex(stored["hash"]),
                filter=bytes.fromhex(stored["filter"]),
            )
            self.types, self.seen = stored["types"], stored["seen"]

    def apply(self, page):
        """Takes in a page: its events, and the cursor after it."""
        came_to = self.cursor.position if self.cursor else 0
        assert page.after == came_to, "a page that does not continue this cursor"
        for record in page.records:
            header = feed_pb2.Header.FromString(record.header)
            self.seen += 1
            if header.type == events_pb2.DisputeReported.DESCRIPTOR.full_name:
                event = events_pb2.DisputeReported()
                payload = any_pb2.Any.FromString(record.payload)
                payload.Unpack(event)
                self.types[event.type_code] = self.types.get(event.type_code, 0) + 1
            # An event of a type that this program does not know is skipped: new ones may come any day.
        self.cursor = page.next

    def store(self):
        """Writes all of it in one step."""
        cursor = self.cursor
        text = json.dumps(
            {
                "log": {
                    "node": cursor.log.node,
                    "service": cursor.log.service,
                    "incarnation": cursor.log.incarnation,
                },
                "position": cursor.position,
                "hash": cursor.hash.hex(),
                "filter": cursor.filter.hex(),
                "types": self.types,
                "seen": self.seen,
            }
        )
        new = self.path.with_suffix(".new")
        with open(new, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(new, self.path)


def follow(counts, arguments):
    """Takes in what comes after the cursor; tells whether the head was reached, and that was all that was wanted."""
    with grpc.insecure_channel(os.environ["YIWANG_ADDRESS"]) as channel:
        stub = feed_pb2_grpc.FeedServiceStub(channel)
        metadata = (("authorization", f"Bearer {os.environ['YIWANG_TOKEN']}"),)
        request = feed_pb2.FollowRequest(
            service="dispatch", cursor=counts.cursor, page_size=arguments.page_size
        )
        for number, response in enumerate(stub.Follow(request, metadata=metadata), start=1):
            counts.apply(response.page)
            if arguments.crash_after and number > arguments.crash_after:
                # After the page was applied and before it was stored: the worst moment there is.
                os._exit(9)
            counts.store()
            if arguments.once and response.page.upto >= response.page.head:
                return True
    return False


def main():
    """Follows until the head is reached (--once), or for ever."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--state", required=True, help="file for counts and cursor")
    parser.add_argument("--once", action="store_true", help="ends at the head of the log")
    parser.add_argument("--page-size", type=int, default=100)
    parser.add_argument("--crash-after", type=int, help="dies, without a word, after so many pages")
    arguments = parser.parse_args()

    counts = Counts(arguments.state)
    pause = 0.2
    while True:
        try:
            before = counts.seen
            ended = follow(counts, arguments)
            pause = 0.2 if counts.seen > before else pause
        except grpc.RpcError as error:
            # A node that restarts is worth waiting for; a refusal of the cursor or the token is not.
            passing = (
                grpc.StatusCode.UNAVAILABLE,
                grpc.StatusCode.CANCELLED,
                grpc.StatusCode.UNKNOWN,
                grpc.StatusCode.RESOURCE_EXHAUSTED,
            )
            if arguments.once or error.code() not in passing:
                raise
            ended = False
        if ended or arguments.once:
            break
        print(f"the stream ended at {counts.seen} events; trying again", flush=True)
        time.sleep(pause)
        pause = min(pause * 2, 10)
    reported = sum(counts.types.values())
    print(f"position {counts.cursor.position}: {counts.seen} events, {reported} disputes reported")


if __name__ == "__main__":
    main()
