#pragma once

#include <set>
#include <string>
#include <vector>

#include "server/core/urgency/reading.h"

namespace afterhours::core {

// Words to be named in a reason, each once.
class Quotes {
 public:
  // Whether it is new.
  bool Add(const std::string& quote);
  bool empty() const { return all_.empty(); }
  std::size_t size() const { return all_.size(); }
  // The first few, quoted.
  std::string Text() const;

 private:
  std::set<std::string> all_;
  std::vector<std::string> first_;
};

// What speaks for each level.
struct Evidence {
  Quotes high;          // one is enough
  Quotes with;          // what raised a lost service: "baby"
  Quotes contained;     // would be HIGH, but it was stopped
  Quotes stopped_by;    // by this
  Quotes high_hints;    // of danger
  int weight = 0;       // of those, and of who is vulnerable
  Quotes medium;        // one is enough
  bool lost = false;    // an essential service is lost
  Quotes medium_hints;  // count unless a LOW is asked for
  Quotes low;           // what is asked for: a quote
  Quotes low_hints;     // count when there is nothing else
  bool asks = false;    // a request is among those, not only a trifle
  bool own = false;     // the business's own rule is among all these
  int calm = 0;         // how many kinds of words calm
  bool told = false;    // a caller spoke, and told the whole matter
};

Evidence Weigh(const Reading& reading);

}  // namespace afterhours::core
