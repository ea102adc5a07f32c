// Prints the features of labelled calls, for tools/train-urgency: a line for each,
// "file TAB label TAB feature TAB feature ...".

#include <yaml-cpp/yaml.h>

#include <filesystem>
#include <iostream>
#include <set>

#include "absl/strings/str_cat.h"
#include "server/core/names.h"
#include "server/core/urgency/urgency.h"

namespace afterhours::core {
namespace {

// What is no matter for whoever is on call is LOW; "" for what says nothing.
std::string LevelOf(const YAML::Node& item) {
  if (item["urgency"]) return item["urgency"].as<std::string>();
  const std::string screening = item["screening"].as<std::string>("NO_WORDS");
  return screening == "NO_WORDS" || screening == "NONE" ? "" : "LOW";
}

void Print(const std::string& file, const YAML::Node& item) {
  Call call;
  call.source = v1::CALL_SOURCE_RETELL;
  call.summary = item["summary"].as<std::string>("");
  call.transcript = item["transcript"].as<std::string>("");
  v1::Trade trade = v1::TRADE_UNSPECIFIED;
  v1::Trade_Parse(absl::StrCat("TRADE_", item["trade"].as<std::string>()), &trade);
  std::cout << file << "\t" << LevelOf(item);
  for (const std::string& name : FeatureNames(call, trade)) std::cout << "\t" << name;
  std::cout << "\n";
}

void PrintFile(const std::filesystem::path& path) {
  for (const YAML::Node& item : YAML::LoadFile(path.string())) {
    if (!LevelOf(item).empty()) Print(path.filename().string(), item);
  }
}

}  // namespace
}  // namespace afterhours::core

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: print_features FOLDER\n";
    return 2;
  }
  std::set<std::filesystem::path> paths;  // in one order, for the same weights on any machine
  for (const auto& entry : std::filesystem::directory_iterator(argv[1])) paths.insert(entry.path());
  for (const std::filesystem::path& path : paths) {
    if (path.extension() == ".yaml") afterhours::core::PrintFile(path);
  }
  return 0;
}
