#pragma once

#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

#include "base/http_message.h"

namespace afterhours {

// Signatures that the providers' own libraries publish in their tests. Each
// entry of signature_vectors.json names its source. The SendGrid one waits for
// an adapter that can check it.
struct TwilioVector {
  std::string id;
  std::string token;
  std::string url;
  FormFields params;
  std::string body;  // set: the request has this body instead of params
  std::string signature;
};
struct RetellVector {
  std::string id;
  std::string key;
  std::int64_t time_ms = 0;
  std::string body;
  std::string header;
};

// How a test that fails names its vector.
inline void PrintTo(const TwilioVector& vector, std::ostream* out) { *out << vector.id; }
inline void PrintTo(const RetellVector& vector, std::ostream* out) { *out << vector.id; }

const std::vector<TwilioVector>& TwilioVectors();
const std::vector<RetellVector>& RetellVectors();

// The vector of that id.
const TwilioVector& TwilioVectorOf(const std::string& id);

// `text` with the byte at `at` changed by `bits`, which must not be 0.
std::string WithByteChanged(std::string text, std::size_t at, unsigned bits);

}  // namespace afterhours
