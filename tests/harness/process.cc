#include "tests/harness/process.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tests/harness/eventually.h"

extern char** environ;

namespace afterhours::testing {
namespace {

pid_t Spawn(const std::vector<std::string>& command, const std::map<std::string, std::string>& env,
            const std::string& log_path) {
  std::vector<std::string> variables;
  for (const auto& [name, value] : env) variables.push_back(absl::StrCat(name, "=", value));
  std::vector<char*> envp, argv;
  for (std::string& variable : variables) envp.push_back(variable.data());
  for (char** inherited = environ; *inherited != nullptr; ++inherited) envp.push_back(*inherited);
  envp.push_back(nullptr);
  std::vector<std::string> arguments = command;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, log_path.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
  posix_spawn_file_actions_adddup2(&actions, 1, 2);
  pid_t pid = -1;
  const int error = posix_spawnp(&pid, argv[0], &actions, nullptr, argv.data(), envp.data());
  posix_spawn_file_actions_destroy(&actions);
  EXPECT_EQ(error, 0) << "cannot start " << command[0];
  return error == 0 ? pid : -1;
}

int WaitForExit(pid_t pid) {
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::string ReadFile(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace

Process::Process(std::vector<std::string> command, const std::map<std::string, std::string>& env, std::string log_path)
    : pid_(Spawn(command, env, log_path)), log_path_(std::move(log_path)) {}

Process::~Process() { Kill(); }

Process::Process(Process&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), log_path_(std::move(other.log_path_)) {}

Process& Process::operator=(Process&& other) noexcept {
  if (this != &other) {
    Kill();
    pid_ = std::exchange(other.pid_, -1);
    log_path_ = std::move(other.log_path_);
  }
  return *this;
}

void Process::Signal(int signal) const {
  if (running()) kill(pid_, signal);
}

void Process::Kill() {
  if (!running()) return;
  kill(pid_, SIGKILL);
  WaitForExit(std::exchange(pid_, -1));
}

int Process::Terminate() {
  if (!running()) return -1;
  kill(pid_, SIGTERM);
  return Wait();
}

int Process::Wait() { return running() ? WaitForExit(std::exchange(pid_, -1)) : -1; }

std::string Process::Log() const { return ReadFile(log_path_); }

int Process::WaitForLogField(const std::string& message, const std::string& field) const {
  int value = 0;
  Eventually(absl::StrCat("log line \"", message, "\" in ", log_path_), [&] {
    for (const absl::string_view line : absl::StrSplit(Log(), '\n')) {
      const auto json = nlohmann::json::parse(line.begin(), line.end(), nullptr, false);
      if (!json.is_object() || json.value("message", "") != message) continue;
      value = json.value(field, 0);
      return true;
    }
    return false;
  });
  return value;
}

int RunToEnd(const std::vector<std::string>& command, const std::map<std::string, std::string>& env,
             std::string* output) {
  std::string path = ::testing::TempDir() + "afterhours-run-XXXXXX";
  close(mkstemp(path.data()));
  const pid_t pid = Spawn(command, env, path);
  const int code = pid > 0 ? WaitForExit(pid) : -1;
  if (output != nullptr) *output = ReadFile(path);
  unlink(path.c_str());
  return code;
}

}  // namespace afterhours::testing
