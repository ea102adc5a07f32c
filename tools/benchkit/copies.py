"""Many dispatches, made of a few that the product itself has brought so far: the same rows under other ids."""

import datetime
import json
from typing import List

from .stage import Database

TABLES = {"dispatches": "id", "calls": "dispatch_id", "dispatch_keys": "dispatch_id", "pages": "dispatch_id",
          "timers": "dispatch_id", "outbox": "dispatch_id", "events": "dispatch_id", "inbound_messages": "dispatch_id"}


CODE_LETTERS = "CDFGHJKMNPQRTVWX34679"  # of server/core/reply_code.cc
# Numbers of businesses: whose calls wait for the morning, and whose technician is paged.
HELD, PAGED = "+12121999999", "+12122000000"


def hold() -> str:
    """The hours in which calls wait, of a policy: the next twenty, whenever it is."""
    now = datetime.datetime.now(datetime.timezone.utc)
    begin, end = (f"{now + datetime.timedelta(hours=hours):%H:%M}" for hours in (-2, 20))
    return f'{{from: "{begin}", until: "{end}"}}'


def directory(businesses: int) -> str:
    """Businesses with a technician each, who is texted again an hour later."""
    lines = ["businesses:", "  - key: held", "    name: Held Plumbing", "    time_zone: UTC",
             f"    numbers: [\"{HELD}\"]", "    technicians: [{key: ana, name: Ana Diaz, sms: \"+13121999999\"}]",
             "    roster: [{technician: ana, priority: 1}]", "    policies:",
             "      LOW: &held {steps: [{channel: SMS, wait: 1h}], cutoff: 30h,"
             f" hold: {hold()}}}",
             "      MEDIUM: *held", "      HIGH: *held"]
    for i in range(businesses):
        lines += [f"  - key: business-{i}", f"    name: Business {i} Plumbing", "    time_zone: UTC",
                  f"    numbers: [\"+1212{2_000_000 + i}\"]",
                  f"    technicians: [{{key: ana, name: Ana Diaz, sms: \"+1312{2_000_000 + i}\"}}]",
                  "    roster: [{technician: ana, priority: 1}]"]
        if i == 0:
            lines += ["    policies:",
                      "      LOW: &steps {steps: [{channel: SMS, wait: 1h}, {channel: SMS, wait: 1h}], cutoff: 8h}",
                      "      MEDIUM: *steps", "      HIGH: *steps"]
        else:
            lines += ["    policies: {LOW: *steps, MEDIUM: *steps, HIGH: *steps}"]
    return "\n".join(lines) + "\n"


def prepare(database: Database) -> None:
    """Lists the businesses that the copies are of, in turn."""
    database.sql("""
      create unlogged table bench_businesses as
        select row_number() over (order by b.key) - 1 as n, b.id as business_id, b.policy_id,
               t.id as technician_id, c.address
        from businesses b join technicians t on t.business_id = b.id
        join contact_methods c on c.business_id = t.business_id and c.technician_id = t.id
        where b.key <> 'held' and c.channel = 'SMS';
      create unique index on bench_businesses (n);
      analyze""")


class Sample:
    """One dispatch as it stands now, with the rows of all tables."""

    def __init__(self, database: Database, dispatch_id: str):
        self._rows = {}
        for table, key in TABLES.items():
            rows = database.sql(f"select to_jsonb(t) from {table} t where {key} = '{dispatch_id}'")
            self._rows[table] = [row for (row,) in rows]
        dispatch = self._rows["dispatches"][0]
        # What stands for each copy's own, wherever it occurs in a value.
        self._own = {dispatch_id: "s.id", dispatch["business_id"]: "s.business_id"}
        if dispatch["policy_id"]:
            self._own[dispatch["policy_id"]] = "s.policy_id"
        for place, page in enumerate(self._rows["pages"]):
            self._own[page["id"]] = f"s.page_{place}"
            self._own[page["technician_id"]] = "s.technician_id"
            self._own[page["to_address"]] = "s.address"
        self._pages = len(self._rows["pages"])

    def insert(self, selection: str) -> str:
        """SQL that adds a copy for each row of `selection`: n, id, the pages' ids, business_id, policy_id,
        technician_id, address."""
        statements = []
        for table, rows in self._rows.items():
            for row in rows:
                values = ", ".join(self._value(table, column, value) for column, value in row.items())
                statements.append(f"insert into {table} ({', '.join(row)}) select {values} from ({selection}) s;")
        return "\n".join(statements)

    def add(self, database: Database, count: int, name: str) -> None:
        """Adds so many copies of now, and lists them in a table of that name: n, id and whose they are."""
        first, database.copies = database.copies, database.copies + count
        database.sql(f"""
          create unlogged table {name} as {self.listing(first, first + count, 'clock_timestamp()')};
          create unique index on {name} (id);
          create unique index on {name} (n);
          begin;
          set local session_replication_role = replica;
          {self.insert(f'select * from {name}')}
          commit;
          analyze""")

    def listing(self, first: int, end: int, moment: str) -> str:
        """SQL for the ids of copies `first` to `end` - 1, each of the moment that `moment` says, and whose they are."""
        pages = "".join(f"{new_id(moment)} as page_{place}, " for place in range(self._pages))
        return (f"select g.n, {new_id(moment)} as id, {pages} b.business_id, b.policy_id, b.technician_id, b.address "
                f"from generate_series({first}, {end - 1}) g(n) "
                "join bench_businesses b on b.n = g.n % (select count(*) from bench_businesses)")

    def _value(self, table: str, column: str, value) -> str:
        if value is None:
            return "null"
        if (table, column) in (("dispatch_keys", "key"), ("inbound_messages", "provider_message_id")):
            return "s.id::text"
        if column == "reply_code":
            # None twice for an address.
            turn = "s.n / (select count(*) from bench_businesses)::int"
            letters = [f"substr('{CODE_LETTERS}', 1 + {turn} / {place} % {len(CODE_LETTERS)}, 1)"
                       for place in (1, len(CODE_LETTERS), len(CODE_LETTERS) ** 2)]
            return f"'K' || {' || '.join(letters)}"
        text = value if isinstance(value, str) else json.dumps(value)
        if text in self._own:
            return self._own[text]
        quoted = "'" + text.replace("'", "''") + "'"
        inner = [own for own in self._own if own in text]
        for own in inner:
            quoted = f"replace({quoted}, '{own}', {self._own[own]}::text)"
        return f"{quoted}::jsonb" if inner and not isinstance(value, str) else quoted


def new_id(moment: str) -> str:
    """SQL for a UUIDv7 of a moment."""
    return (f"(lpad(to_hex((extract(epoch from {moment}) * 1000)::bigint), 12, '0') || '7' || "
            f"substr(md5(random()::text), 1, 3) || '8' || substr(md5(random()::text), 1, 15))::uuid")


def newest(database: Database, count: int = 1) -> List[str]:
    """The ids of the newest dispatches."""
    return [row[0] for row in database.sql(f"select id::text from dispatches order by id desc limit {count}")]
