#include "server/engine/engine.h"

#include <utility>

namespace afterhours::engine {

Engine::Engine(const std::string& database_url, const std::string& owner, const std::vector<Provider*>& providers,
               OpinionSource* model, const Clock& clock, Metrics& metrics, std::function<void()> changed,
               int in_flight_max)
    : changed_(std::move(changed)),
      hand_overs_(
          owner, providers, in_flight_max, metrics, [this] { results_.Wake(); }, [this] { sender_.Wake(); }),
      results_(database_url, hand_overs_, clock, metrics,
               [this](bool due_soon) {
                 if (due_soon) WakeOwn();
                 changed_();
               }),
      sender_({.database_url = database_url}, hand_overs_, clock, metrics,
              [this](bool due_soon) {
                if (due_soon) timers_.Wake();
                changed_();
              }),
      inquirer_({.database_url = database_url}, providers, clock, metrics,
                [this] {
                  WakeOwn();
                  changed_();
                }),
      opinions_(model == nullptr ? nullptr
                                 : std::make_unique<Opinions>(Opinions::Options{.database_url = database_url}, *model,
                                                              clock, metrics,
                                                              [this] {
                                                                WakeOwn();
                                                                changed_();
                                                              })),
      timers_(
          {.database_url = database_url}, hand_overs_, clock, metrics,
          [this](bool pages_left) {
            if (pages_left) sender_.Wake();
            changed_();
          },
          [this](std::vector<Inquiry> inquiries) { inquirer_.Ask(std::move(inquiries)); },
          [this](const core::Snapshot& snapshot) {
            if (opinions_ != nullptr) opinions_->Take(snapshot);
          }),
      sweeper_(database_url, clock, metrics,
               [this] {
                 WakeOwn();
                 changed_();
               }),
      partitions_(database_url, clock),
      directory_watch_(database_url, CarriedChannels(providers), clock, metrics),
      notices_(database_url, [this] { WakeOwn(); }) {}

void Engine::Start() {
  partitions_.Start();
  directory_watch_.Start();
  sweeper_.Start();
  inquirer_.Start();
  if (opinions_ != nullptr) opinions_->Start();
  results_.Start();
  timers_.Start();
  sender_.Start();
}

void Engine::StartNotices() { notices_.Start(); }

void Engine::Stop(absl::Duration grace) {
  notices_.Stop();
  timers_.Stop();
  sweeper_.Stop();
  inquirer_.Stop();
  if (opinions_ != nullptr) opinions_->Stop();
  partitions_.Stop();
  directory_watch_.Stop();
  sender_.Stop();
  results_.Stop(grace);
}

void Engine::Wake() {
  WakeOwn();
  notices_.Tell();
}

void Engine::WakeOwn() {
  sender_.Wake();
  timers_.Wake();
}

}  // namespace afterhours::engine
