#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "afterhours/v1/directory.pb.h"
#include "afterhours/v1/urgency_rules.pb.h"
#include "server/core/snapshot.h"
#include "server/core/urgency/rule_book.h"
#include "server/core/urgency/standing.h"
#include "server/core/urgency/utterances.h"

namespace afterhours::core {

// A rule that matches words of a call.
struct Finding {
  PhraseHit hit;
  v1::Urgency urgency = v1::URGENCY_UNSPECIFIED;
  std::string topic;
  const v1::RuleGroup* group = nullptr;  // nullptr: the business's own rule
  Standing standing = Standing::kStands;
  std::string quote;  // the words, as they were said; empty: they are covered
};

// A call as the rules understand it.
struct Reading {
  Heard heard;
  std::vector<Finding> findings;        // in the order of the words
  std::map<v1::Cue, std::string> cues;  // those that stand, each with its words
  std::map<v1::Cue, int> cue_counts;    // how often each stands, in different words
  bool says_nothing = false;            // but "hello", or noises

  bool Has(v1::Cue cue) const { return cues.count(cue) > 0; }
};

// What was said from the first word of `hit` to its last, in small letters.
std::string Quote(const std::vector<Word>& words, const PhraseHit& hit);

// Applies the product's rules for `trade`, and the business's own.
Reading Read(const Call& call, v1::Trade trade, const std::vector<v1::UrgencyRule>& own_rules);

// What the call is about: the topics of what stands; where nothing urgent does,
// of what is only named.
std::set<std::string> TopicsOf(const Reading& reading);

}  // namespace afterhours::core
