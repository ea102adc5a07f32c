#pragma once

namespace afterhours::core {

// What a provider's error code asks for. Each adapter maps its codes to these.
enum class FailureDecision {
  kRetry,               // nothing was sent: the same page again, after a while
  kOtherSender,         // this sender cannot reach the address, another may
  kOtherChannel,        // this channel cannot reach the address now
  kAddressBlocked,      // this channel can never reach the address: opted out, a landline
  kSenderBlocked,       // our sender may not be used on this channel; needs attention
  kNextTechnician,      // this address is no good at all
  kConfigurationAlarm,  // our account or set-up is wrong, the same for everyone
};

}  // namespace afterhours::core
