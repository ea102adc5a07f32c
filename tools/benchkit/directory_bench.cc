// What finding the business and who is on call costs a dispatch: the read of
// store::CreateDispatches that is about the directory, in a transaction each time,
// for businesses of a filled database in random order. Prints a JSON line.

#include <algorithm>
#include <iostream>
#include <random>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "server/db/row_reader.h"
#include "server/store/directory.h"
#include "server/store/match.h"

ABSL_FLAG(std::string, database_url, "", "where the directory is");
ABSL_FLAG(int, count, 4000, "dispatches in each run");
ABSL_FLAG(int, runs, 5, "runs, after one to warm up");

namespace afterhours {
namespace {

constexpr db::Statement kNumbers{"bench_numbers", "select number from business_numbers order by number"};

// Microseconds of each dispatch of a run, sorted.
struct Run {
  std::vector<double> floor;      // one empty statement
  std::vector<double> directory;  // the match and who is on call
};

double At(const std::vector<double>& sorted, double share) {
  return sorted[static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1))];
}

absl::Status MeasureOne(db::Transaction& transaction, const std::string& number, Run& run) {
  const absl::Time begin = absl::Now();
  if (const auto now = store::ReadNow(transaction, std::nullopt); !now.ok()) return now.status();
  const absl::Time middle = absl::Now();
  core::Call call;
  call.called_number = number;
  const auto matches = store::MatchBusinesses(transaction, std::nullopt, {call});
  if (!matches.ok()) return matches.status();
  if (matches->rosters.at(matches->of_calls[0].business.id).on_call.empty()) {
    return absl::FailedPreconditionError(absl::StrCat("nobody is on call for ", number));
  }
  run.floor.push_back(absl::ToDoubleMicroseconds(middle - begin));
  run.directory.push_back(absl::ToDoubleMicroseconds(absl::Now() - middle));
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>> ReadNumbers(db::Connection& connection) {
  std::vector<std::string> numbers;
  const absl::Status status = connection.Transact([&](db::Transaction& transaction) {
    const auto result = transaction.Run(kNumbers);
    if (!result.ok()) return result.status();
    for (const pqxx::row& fields : *result) numbers.push_back(db::RowReader(fields).Text());
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  if (numbers.empty()) return absl::FailedPreconditionError("the directory is empty");
  return numbers;
}

absl::Status Measure() {
  db::Connection connection(absl::GetFlag(FLAGS_database_url));
  const auto numbers = ReadNumbers(connection);
  if (!numbers.ok()) return numbers.status();
  std::mt19937 random(7);
  std::vector<double> medians, tails, floors;
  for (int i = 0; i <= absl::GetFlag(FLAGS_runs); ++i) {
    Run run;
    for (int j = 0; j < absl::GetFlag(FLAGS_count); ++j) {
      const std::string& number = (*numbers)[random() % numbers->size()];
      const absl::Status status =
          connection.Transact([&](db::Transaction& transaction) { return MeasureOne(transaction, number, run); });
      if (!status.ok()) return status;
    }
    if (i == 0) continue;  // the caches are warm now
    std::sort(run.floor.begin(), run.floor.end());
    std::sort(run.directory.begin(), run.directory.end());
    floors.push_back(At(run.floor, 0.5));
    medians.push_back(At(run.directory, 0.5));
    tails.push_back(At(run.directory, 0.99));
  }
  for (std::vector<double>* figures : {&floors, &medians, &tails}) std::sort(figures->begin(), figures->end());
  std::cout << absl::StrFormat(
                   R"({"bench":"directory","numbers":%d,"dispatches":%d,"runs":%d,"match_and_on_call_us":{"p50":%.1f,)"
                   R"("p50_min":%.1f,"p50_max":%.1f,"p99":%.1f},"empty_statement_us":{"p50":%.1f}})",
                   numbers->size(), absl::GetFlag(FLAGS_count), absl::GetFlag(FLAGS_runs), At(medians, 0.5),
                   medians.front(), medians.back(), At(tails, 0.5), At(floors, 0.5))
            << "\n";
  return absl::OkStatus();
}

}  // namespace
}  // namespace afterhours

int main(int argc, char** argv) {
  absl::ParseCommandLine(argc, argv);
  const absl::Status status = afterhours::Measure();
  if (!status.ok()) std::cerr << "directory_bench: " << status << "\n";
  return status.ok() ? 0 : 1;
}
