#pragma once

#include <memory>
#include <string>

#include "prometheus/counter.h"
#include "prometheus/gauge.h"
#include "prometheus/histogram.h"
#include "prometheus/labels.h"
#include "prometheus/registry.h"

namespace afterhours {

// The process's metrics, by Prometheus's rules: names end in a unit or _total,
// labels have few values. Children are made at start and kept by reference;
// they live as long as this. Thread safe.
class Metrics {
 public:
  Metrics();

  prometheus::Counter& Counter(const std::string& name, const std::string& help, const prometheus::Labels& labels = {});
  prometheus::Gauge& Gauge(const std::string& name, const std::string& help, const prometheus::Labels& labels = {});
  // A histogram of seconds, with buckets from 0.5 ms to 10 s.
  prometheus::Histogram& Seconds(const std::string& name, const std::string& help,
                                 const prometheus::Labels& labels = {});

  // The text exposition format, for GET /metrics.
  std::string Serialize() const;

 private:
  std::unique_ptr<prometheus::Registry> registry_;
};

}  // namespace afterhours
