"""A proxy herd of the classic kind on asyncio, for comparison: python3 herd.py NAME TOPOLOGY.json

It keeps to the protocol and to the merge law, floods over connections that stay open, and logs connections only. It looks up no
places: the answer to a WHATSAT has none.
"""

import asyncio
import json
import re
import sys
import time

POSITION = re.compile(r"([+-])(\d+(?:\.\d+)?)([+-])(\d+(?:\.\d+)?)", re.ASCII)
TIME = re.compile(r"(\d+)(?:\.(\d+))?", re.ASCII)
SKEW = re.compile(r"[+-]\d+(?:\.\d+)?", re.ASCII)
DECIMAL = re.compile(r"\d+(?:\.\d+)?", re.ASCII)
DIGITS = re.compile(r"\d+", re.ASCII)
NO_PLACES = json.dumps({"html_attributions": [], "results": [], "status": "OK"}, indent=3)
RETRY_SECONDS = 0.2


def nanoseconds(text):
    """A POSIX time in whole nanoseconds, or None."""
    match = TIME.fullmatch(text)
    if not match:
        return None
    whole, fraction = match.groups(default="")
    return int(whole + fraction[:9].ljust(9, "0"))


def is_position(text):
    match = POSITION.fullmatch(text)
    return bool(match) and float(match[2]) <= 90 and float(match[4]) <= 180


def skew(received, sent):
    sign = "-" if received < sent else "+"
    seconds, rest = divmod(abs(received - sent), 1_000_000_000)
    return f"{sign}{seconds}.{rest:09d}"


class Server:
    def __init__(self, name, topology):
        self.name = name
        self.topology = topology
        self.reports = {}  # client -> (time, position, AT line)
        self.links = {}  # neighbour -> writer
        self.neighbours = [
            b if a == name else a for a, b in topology["links"] if name in (a, b)
        ]

    async def run(self):
        place = self.topology["servers"][self.name]
        server = await asyncio.start_server(self.serve, place["host"], place["port"])
        for neighbour in self.neighbours:
            asyncio.create_task(self.keep_link(neighbour))
        async with server:
            await server.serve_forever()

    async def keep_link(self, neighbour):
        """Keeps a connection to a neighbour, and tells it at first all that we know."""
        place = self.topology["servers"][neighbour]
        while True:
            try:
                reader, writer = await asyncio.open_connection(place["host"], place["port"])
                self.log(f"linked to {neighbour}")
                for _, _, line in list(self.reports.values()):
                    writer.write(line + b"\n")
                self.links[neighbour] = writer
                while await reader.read(65536):
                    pass
                self.log(f"lost the link to {neighbour}")
            except OSError:
                pass
            self.links.pop(neighbour, None)
            await asyncio.sleep(RETRY_SECONDS)

    async def serve(self, reader, writer):
        try:
            while line := await reader.readline():
                reply = self.answer(line.removesuffix(b"\n"))
                if reply:
                    writer.write(reply)
                    await writer.drain()
        except (ConnectionError, ValueError):
            pass
        finally:
            writer.close()

    def answer(self, line):
        fields = line.decode("latin-1").strip(" \t\r\f\v").split()
        match fields:
            case ["IAMAT", client, position, when]:
                received, sent = time.time_ns(), nanoseconds(when)
                if sent is not None and is_position(position):
                    report = f"AT {self.name} {skew(received, sent)} {client} {position} {when}"
                    self.hear(client, sent, position, report.encode("latin-1"))
                    return report.encode("latin-1") + b"\n"
            case ["AT", _, shift, client, position, when]:
                sent = nanoseconds(when)
                if sent is not None and is_position(position) and SKEW.fullmatch(shift):
                    self.hear(client, sent, position, " ".join(fields).encode("latin-1"))
                    return None
            case ["WHATSAT", client, radius, items] if client in self.reports:
                is_radius = DECIMAL.fullmatch(radius) and float(radius) <= 50
                if is_radius and DIGITS.fullmatch(items) and int(items) <= 20:
                    return self.reports[client][2] + b"\n" + NO_PLACES.encode() + b"\n\n"
        return b"? " + line + b"\n"

    def hear(self, client, sent, position, line):
        """Keeps and floods what is newer than what is known; what is not stops here."""
        report = (sent, position, line)
        known = self.reports.get(client)
        if known and known >= report:
            return
        self.reports[client] = report
        for writer in self.links.values():
            writer.write(line + b"\n")

    def log(self, words):
        print(f"{self.name}: {words}", flush=True)


if __name__ == "__main__":
    with open(sys.argv[2], encoding="utf-8") as file:
        asyncio.run(Server(sys.argv[1], json.load(file)).run())
