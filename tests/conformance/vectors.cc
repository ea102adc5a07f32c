#include "tests/conformance/vectors.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

namespace afterhours {
namespace {

nlohmann::json File() {
  std::ifstream file(AFTERHOURS_SIGNATURE_VECTORS);
  return nlohmann::json::parse(file);
}

std::vector<TwilioVector> ReadTwilio() {
  std::vector<TwilioVector> vectors;
  const nlohmann::json file = File();
  for (const nlohmann::json& entry : file.at("twilio")) {
    TwilioVector vector;
    vector.id = entry.at("id");
    vector.token = entry.at("token");
    vector.url = entry.at("signed_url");
    vector.params = entry.at("params").get<FormFields>();
    vector.body = entry.value("raw_body", "");
    vector.signature = entry.at("signature");
    vectors.push_back(vector);
  }
  return vectors;
}

std::vector<RetellVector> ReadRetell() {
  std::vector<RetellVector> vectors;
  const nlohmann::json file = File();
  for (const nlohmann::json& entry : file.at("retell")) {
    vectors.push_back({entry.at("id"), entry.at("key"), entry.at("ts_ms"), entry.at("raw_body"), entry.at("header")});
  }
  return vectors;
}

}  // namespace

const std::vector<TwilioVector>& TwilioVectors() {
  static const auto& vectors = *new std::vector<TwilioVector>(ReadTwilio());
  return vectors;
}

const std::vector<RetellVector>& RetellVectors() {
  static const auto& vectors = *new std::vector<RetellVector>(ReadRetell());
  return vectors;
}

const TwilioVector& TwilioVectorOf(const std::string& id) {
  for (const TwilioVector& vector : TwilioVectors()) {
    if (vector.id == id) return vector;
  }
  ADD_FAILURE() << "no vector " << id;
  return TwilioVectors().front();
}

std::string WithByteChanged(std::string text, std::size_t at, unsigned bits) {
  text[at] = static_cast<char>(static_cast<unsigned char>(text[at]) ^ bits);
  return text;
}

}  // namespace afterhours
