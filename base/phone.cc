#include "base/phone.h"

#include "phonenumbers/phonenumberutil.h"

namespace afterhours {

std::optional<std::string> ToE164(absl::string_view text, absl::string_view region) {
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
