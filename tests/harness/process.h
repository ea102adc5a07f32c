#pragma once

#include <sys/types.h>

#include <map>
#include <string>
#include <vector>

namespace afterhours::testing {

// A program of ours, run for a test. Its output goes to a log file. Killed, if
// still running, when this goes.
class Process {
 public:
  Process() = default;
  // Starts `command` (path and arguments) with `env` added to the environment.
  Process(std::vector<std::string> command, const std::map<std::string, std::string>& env, std::string log_path);
  ~Process();
  Process(Process&& other) noexcept;
  Process& operator=(Process&& other) noexcept;

  bool running() const { return pid_ > 0; }
  void Signal(int signal) const;

  // SIGKILL: no chance to finish anything.
  void Kill();

  // SIGTERM, then the exit code; 128 + signal if it died of one.
  int Terminate();

  // Waits for the end of its own accord: the exit code.
  int Wait();

  // What it has written so far.
  std::string Log() const;

  // The integer of a field in the log line with `message`, waited for.
  int WaitForLogField(const std::string& message, const std::string& field) const;

 private:
  pid_t pid_ = -1;
  std::string log_path_;
};

// Runs a program to its end; returns its exit code and, in `output`, what it
// wrote to stdout and stderr.
int RunToEnd(const std::vector<std::string>& command, const std::map<std::string, std::string>& env,
             std::string* output);

}  // namespace afterhours::testing
