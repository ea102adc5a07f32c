#pragma once

#include <string>
#include <vector>

#include "server/core/urgency/evidence.h"
#include "server/core/urgency/reading.h"

namespace afterhours::core {

// Something that a call has, which speaks for a level or against it.
struct Feature {
  // gas            a word
  // !gas           a negated one
  // ?gas           of the agent's question, which the caller said yes or no to
  // leak*          one that begins so
  // no_heat        two, one after the other
  // cue:FROST      a cue that stands
  // rule:gas/HIGH  a rule's words; with /hint, and with what became of them: /negated
  // found:contained, calm:2    what the evidence holds
  // judged:HIGH    what the rules alone come to
  std::string name;
  std::size_t begin = 0;  // its words, in Heard::words; empty for what has none of its own
  std::size_t end = 0;
};

// Each feature once, where it is first. `by_rules` is what the rules alone come to.
std::vector<Feature> FeaturesOf(const Reading& reading, const Evidence& evidence, v1::Urgency by_rules);

}  // namespace afterhours::core
