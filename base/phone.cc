#include "base/phone.h"

#include <algorithm>

#include "phonenumbers/phonenumberutil.h"

namespace afterhours {

namespace {

// What the library would return as it is: +1, and ten digits that do not begin with
// a prefix. A large file has 100,000 of them, and the library takes 10 us for each.
bool IsPlainAmerican(absl::string_view text) {
  return text.size() == 12 && text[0] == '+' && text[1] == '1' && text[2] >= '2' && text[2] <= '9' &&
         std::all_of(text.begin() + 3, text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::optional<std::string> ToE164(absl::string_view text, absl::string_view region) {
  if (IsPlainAmerican(text)) return std::string(text);
  // The library takes quadratic time over long texts; no number is that long.
  constexpr std::size_t kBytesMax = 64;
  if (text.size() > kBytesMax) return std::nullopt;
  using i18n::phonenumbers::PhoneNumber;
  using i18n::phonenumbers::PhoneNumberUtil;
  const PhoneNumberUtil& util = *PhoneNumberUtil::GetInstance();
  PhoneNumber number;
  if (util.Parse(std::string(text), std::string(region), &number) != PhoneNumberUtil::NO_PARSING_ERROR) {
    return std::nullopt;
  }
  if (!util.IsPossibleNumber(number) || number.has_extension()) return std::nullopt;
  std::string e164;
  util.Format(number, PhoneNumberUtil::E164, &e164);
  return e164;
}

bool IsRegion(absl::string_view region) {
  using i18n::phonenumbers::PhoneNumberUtil;
  return PhoneNumberUtil::GetInstance()->GetCountryCodeForRegion(std::string(region)) != 0;
}

bool IsPlannedNumber(absl::string_view e164) {
  using i18n::phonenumbers::PhoneNumber;
  using i18n::phonenumbers::PhoneNumberUtil;
  const PhoneNumberUtil& util = *PhoneNumberUtil::GetInstance();
  PhoneNumber number;
  return util.Parse(std::string(e164), "ZZ", &number) == PhoneNumberUtil::NO_PARSING_ERROR &&
         util.IsValidNumber(number);
}

}  // namespace afterhours
