// The database: its schema, and what happens when it is away.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "base/status.h"
#include "server/db/connection.h"
#include "server/store/statements.h"
#include "tests/harness/eventually.h"
#include "tests/harness/world.h"

namespace afterhours::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

int Migrate(const TestDatabase& database, const std::string& action, std::string* output = nullptr) {
  return RunToEnd({AFTERHOURS_DISPATCHD, "migrate", action, "--database_url=" + database.url()}, {}, output);
}

// Tables, columns, constraints, indexes, triggers and functions as text.
// Partitions by month are left out: they come and go.
std::string Schema(const TestDatabase& database) {
  return database.Value(R"sql(
    with ours as (select c.* from pg_class c join pg_namespace n on n.oid = c.relnamespace
                  where n.nspname = 'public' and not c.relispartition)
    select string_agg(line, E'\n' order by line) from (
      select format('table %s', relname) line from ours where relkind in ('r', 'p')
      union all
      select format('column %s.%s %s%s%s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
                    case when a.attnotnull then ' not null' else '' end,
                    coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), ''))
      from ours c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum where c.relkind in ('r', 'p')
      union all
      select format('constraint %s.%s %s', c.relname, k.conname, pg_get_constraintdef(k.oid))
      from ours c join pg_constraint k on k.conrelid = c.oid
      union all
      select format('index %s', pg_get_indexdef(oid)) from ours where relkind in ('i', 'I')
      union all
      select format('partition key %s %s', relname, pg_get_partkeydef(oid)) from ours where relkind = 'p'
      union all
      select format('trigger %s', pg_get_triggerdef(t.oid)) from ours c join pg_trigger t on t.tgrelid = c.oid
      where not t.tgisinternal
      union all
      select format('view %s %s', relname, pg_get_viewdef(oid)) from ours where relkind = 'v'
      union all
      select format('function %s %s', p.proname, md5(p.prosrc)) from pg_proc p
      join pg_namespace n on n.oid = p.pronamespace where n.nspname = 'public') lines)sql");
}

TEST(Migrations, UpDownUp_LeadToTheGoldenSchema) {
  Cluster cluster;
  TestDatabase database(cluster, /*migrated=*/false);
  EXPECT_EQ(Migrate(database, "up"), 0);
  const std::string up = Schema(database);
  while (database.Count("select count(*) from schema_migrations") > 0) ASSERT_EQ(Migrate(database, "down"), 0);
  EXPECT_EQ(database.Value("select string_agg(relname, ' ') from pg_class c join pg_namespace n on "
                           "n.oid = c.relnamespace where nspname = 'public' and relname not like 'schema_migrations%'"),
            "");
  EXPECT_EQ(Migrate(database, "up"), 0);
  EXPECT_EQ(Schema(database), up);

  const std::string golden_path = AFTERHOURS_GOLDEN_SCHEMA;
  if (std::getenv("UPDATE_GOLDEN") != nullptr) std::ofstream(golden_path) << up << "\n";
  std::stringstream golden;
  golden << std::ifstream(golden_path).rdbuf();
  EXPECT_EQ(up + "\n", golden.str()) << "if the change is meant, run this test with UPDATE_GOLDEN=1";
}

TEST(Migrations, StatusTells_AndDispatchdWantsTheNewest) {
  Cluster cluster;
  TestDatabase database(cluster, /*migrated=*/false);
  std::string output;
  EXPECT_EQ(Migrate(database, "status", &output), 0);
  EXPECT_THAT(output, HasSubstr("pending  1_loop"));
  EXPECT_EQ(RunToEnd({AFTERHOURS_DISPATCHD, "--database_url=" + database.url(), "--public_url=https://x.example",
                      std::string("--twilio_account_sid=") + Simulator::kAccountSid, "--twilio_from=+19495550101"},
                     {{"TWILIO_AUTH_TOKEN", "x"}}, &output),
            1);
  EXPECT_THAT(output, HasSubstr("dispatchd migrate up"));
}

std::vector<const db::Statement*> AllStatements() {
  std::vector<const db::Statement*> all;
  for (const auto& statements :
       {store::SnapshotReadStatements(), store::SnapshotWriteStatements(), store::CreateStatements(),
        store::PageStatements(), store::TimerStatements(), store::NoticeStatements(), store::ReplyStatements(),
        store::HistoryStatements(), store::MatchStatements(), store::ReviewStatements(),
        store::DirectoryReadStatements(), store::DirectoryWriteStatements()}) {
    all.insert(all.end(), statements.begin(), statements.end());
  }
  return all;
}

TEST(Store, EveryStatementPreparesAgainstTheMigratedSchema) {
  Cluster cluster;
  TestDatabase database(cluster);
  pqxx::connection connection(database.url());
  std::set<std::string> names;
  for (const db::Statement* statement : AllStatements()) {
    EXPECT_TRUE(names.insert(statement->name).second) << statement->name << " is there twice";
    pqxx::nontransaction work(connection);
    EXPECT_NO_THROW(work.exec(std::string("prepare ") + statement->name + " as " + statement->sql)) << statement->name;
  }
  EXPECT_GT(names.size(), 30u);
}

// The plan of a statement for whatever its parameters may be.
std::string GenericPlan(pqxx::connection& connection, const db::Statement& statement) {
  pqxx::work work(connection);
  work.exec(absl::StrCat("set local plan_cache_mode = force_generic_plan; prepare planned as ", statement.sql));
  const int count = work.exec1(
                            "select cardinality(parameter_types) from pg_prepared_statements "
                            "where name = 'planned'")[0]
                        .as<int>();
  std::string arguments = count == 0 ? "" : absl::StrCat("(", std::string("null"));
  for (int i = 1; i < count; ++i) absl::StrAppend(&arguments, ", null");
  if (count > 0) absl::StrAppend(&arguments, ")");
  std::string plan;
  for (const auto& row : work.exec(absl::StrCat("explain execute planned", arguments))) {
    absl::StrAppend(&plan, row[0].c_str(), "\n");
  }
  work.exec("deallocate planned");
  return plan;
}

constexpr char kManyBusinesses[] = R"sql(
  insert into businesses (id, key, name, time_zone, create_time, update_time)
  select gen_random_uuid(), 'b' || n, 'B', 'Etc/UTC', now(), now() from generate_series(1, 10000) n;
  insert into business_numbers (number, business_id) select '+1949' || substr(key, 2)::int + 2000000, id
  from businesses where key <> '';
  insert into technicians (business_id, id, key, name, active, available, update_time)
  select id, gen_random_uuid(), 't' || n, 'T', true, true, now() from businesses, generate_series(1, 5) n;
  insert into contact_methods (business_id, technician_id, position, channel, address)
  select business_id, id, 1, 'SMS', '+19495550111' from technicians;
  insert into directory_changes (id, business_id, business_key, change_time, actor, resource, key, after)
  select gen_random_uuid(), id, key, now(), 'operator:x', 'business', key, '{}' from businesses, generate_series(1, 3);
  analyze)sql";

// The line of a plan that reads all of a table of the directory: as it is, or along
// an index from one end to the other. The first rows of one are no harm.
std::string WholeTableIn(const std::string& plan) {
  const std::vector<std::string> lines = absl::StrSplit(plan, '\n');
  for (std::size_t i = 0; i + 1 < lines.size(); ++i) {
    const bool first_rows = i > 0 && absl::StrContains(lines[i - 1], "Limit");
    const bool by_key = absl::StrContains(lines[i], "Index") && absl::StrContains(lines[i + 1], "Index Cond");
    for (const char* table : {"businesses", "business_numbers", "business_agents", "technicians", "contact_methods",
                              "policies", "directory_changes", "repeat_calls"}) {
      const bool reads = absl::StrContains(lines[i], absl::StrCat(" on ", table)) && !first_rows && !by_key;
      const bool heap = absl::StrContains(lines[i], "Bitmap Heap Scan") || absl::StrContains(lines[i], "Insert on") ||
                        absl::StrContains(lines[i], "Update on") || absl::StrContains(lines[i], "Delete on");
      if (reads && !heap) return lines[i];
    }
  }
  return "";
}

// Statements are planned once, maybe while there is nothing yet. A plan that reads
// whole tables then goes on to do so when they have millions of rows.
TEST(Store, NoPlanReadsAWholeTableWhateverTheStatisticsSay) {
  Cluster cluster;
  TestDatabase database(cluster);
  pqxx::connection connection(database.url());
  for (const char* statistics : {db::kSessionSettings, "analyze", kManyBusinesses}) {
    pqxx::nontransaction(connection).exec(statistics);
    for (const db::Statement* statement : AllStatements()) {
      const std::string plan = GenericPlan(connection, *statement);
      for (const char* table : {"dispatches", "calls", "pages", "events", "outbox", "timers", "inbound_messages",
                                "dispatch_keys", "technicians", "contact_methods", "business_agents"}) {
        EXPECT_THAT(plan, Not(HasSubstr(absl::StrCat("Seq Scan on ", table)))) << statement->name << "\n" << plan;
      }
      // What writes is run once for all of a change, what reads maybe for each of many.
      const bool writes = absl::StrContains(plan, "Insert on") || absl::StrContains(plan, "Update on") ||
                          absl::StrContains(plan, "Delete on");
      const bool counts = statistics == kManyBusinesses || !writes;
      EXPECT_EQ(counts ? WholeTableIn(plan) : "", "") << statement->name << "\n" << plan;
      for (const char* join : {"Hash Join", "Hash Right Join", "Merge Join", "Merge Left Join"}) {
        const bool of_settings = absl::StrContains(statement->name, "policies");  // once per load of the directory
        EXPECT_TRUE(of_settings || !absl::StrContains(plan, join)) << statement->name << "\n" << plan;
      }
    }
  }
}

TEST(Schema, RefusesWhatTheRulesForbid) {
  World world({.dispatchd_flags = {"--engine=false"}});
  DispatchHandle dispatch = world.Dispatch("Water leak");
  v1::CancelDispatchRequest cancel;
  cancel.set_dispatch_id(dispatch.id());
  ASSERT_TRUE(world.client().CancelDispatch(cancel).ok());
  EXPECT_ANY_THROW(world.database().Value(
      "update dispatches set status = 'DISPATCHED_CONFIRMED', acked_by = 'x' where end_time is not null returning 1"));
  EXPECT_ANY_THROW(world.database().Value("update dispatches set status = 'DISPATCHING' returning 1"));
  EXPECT_ANY_THROW(world.database().Value("update pages set state = 'SENT' returning 1"));
  EXPECT_ANY_THROW(world.database().Value("update pages set epoch = -1 returning 1"));
}

TEST(History, GoesToThePartitionOfItsMonth) {
  World world({.dispatchd_flags = {"--engine=false"}});
  world.Dispatch("Water leak");
  EXPECT_EQ(world.database().Count("select count(*) from events_default"), 0);
  EXPECT_GT(world.database().Count("select count(*) from events"), 0);
}

TEST(DatabaseAway, RpcsAnswerUnavailableAtOnce_AndRecoverByThemselves) {
  World world({.own_cluster = true});
  world.AllowErrors();
  Phone ana = world.PhoneOf("ana");
  DispatchHandle before = world.PlaceCall("First leak");
  ana.ExpectSms("First leak");
  before.ExpectPage(v1::PAGE_STATE_DELIVERED);
  world.cluster().Stop("immediate");

  DispatchClient impatient(MakeDispatchConnection({.address = world.dispatchd_address(), .timeout = absl::Seconds(2)}));
  v1::StatusRequest request;
  request.set_dispatch_id(before.id());
  const absl::Status away = impatient.Status(request).status();
  EXPECT_EQ(away.code(), absl::StatusCode::kUnavailable) << away;
  EXPECT_EQ(ErrorReason(away), "DATABASE_UNAVAILABLE");

  world.cluster().Start();
  Eventually("dispatchd finds the database again", [&] { return impatient.Status(request).ok(); });
  EXPECT_EQ(before.Get().dispatch().status(), v1::DISPATCH_STATUS_DISPATCHING);
  DispatchHandle after = world.PlaceCall("Second leak");
  ana.ExpectSms("Second leak");
  after.ExpectPage(v1::PAGE_STATE_DELIVERED);
}

TEST(DatabaseAway, TerminatedBackends_AreNoticedByNobody) {
  World world;
  DispatchHandle first = world.PlaceCall("First leak");
  Phone ana = world.PhoneOf("ana");
  ana.ExpectSms("First leak");
  first.ExpectPage(v1::PAGE_STATE_DELIVERED);
  world.database().Value(
      "select count(pg_terminate_backend(pid)) from pg_stat_activity "
      "where datname = current_database() and pid <> pg_backend_pid()");
  DispatchHandle second = world.PlaceCall("Second leak");
  ana.ExpectSms("Second leak");
  second.ExpectPage(v1::PAGE_STATE_DELIVERED);
}

}  // namespace
}  // namespace afterhours::testing
