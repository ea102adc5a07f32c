#include "server/store/content_hash.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <openssl/evp.h>

#include <memory>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "server/core/directory.h"
#include "server/core/names.h"

namespace afterhours::store {
namespace {

// Each field with its length before it, so that no two lists of fields are one text.
void AppendField(std::string& text, absl::string_view field) { absl::StrAppend(&text, field.size(), ":", field); }

void AppendField(std::string& text, const std::optional<absl::Time>& time) {
  AppendField(text, time.has_value() ? absl::StrCat(absl::ToUnixMicros(*time)) : "");
}

std::string Sha256(absl::string_view text) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  EVP_Digest(text.data(), text.size(), digest, &length, EVP_sha256(), nullptr);
  return absl::StrCat("\\x", absl::BytesToHexString(absl::string_view(reinterpret_cast<const char*>(digest), length)));
}

std::string Identity(const core::Call& call) {
  std::string text;
  AppendField(text, call.caller_number);
  AppendField(text, call.called_number);
  return text;
}

}  // namespace

std::string RequestHash(const core::Call& call) {
  std::string text = Identity(call);
  AppendField(text, core::Name(call.source));
  AppendField(text, call.external_call_id);
  AppendField(text, call.summary);
  AppendField(text, call.transcript);
  AppendField(text, core::Name(call.given_urgency));
  AppendField(text, call.start_time);
  AppendField(text, call.end_time);
  AppendField(text, call.twilio_call_sid);
  if (!call.retell_agent_id.empty()) AppendField(text, call.retell_agent_id);
  return Sha256(text);
}

std::string CallIdentityHash(const core::Call& call) { return Sha256(Identity(call)); }

std::string TextHash(absl::string_view text) { return Sha256(text).substr(2); }

std::string MessageHash(const google::protobuf::Message& message) {
  const std::unique_ptr<google::protobuf::Message> copy(message.New());
  copy->CopyFrom(message);
  core::ClearOutputOnly(*copy);
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream out(&stream);
    out.SetSerializationDeterministic(true);
    copy->SerializeToCodedStream(&out);
  }
  return TextHash(bytes);
}

}  // namespace afterhours::store
