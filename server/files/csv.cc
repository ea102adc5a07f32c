#include "server/files/csv.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/strip.h"

namespace afterhours::files {
namespace {

class CsvReader {
 public:
  explicit CsvReader(absl::string_view text) : text_(text) { absl::ConsumePrefix(&text_, "\xef\xbb\xbf"); }

  CsvFile Read() {
    while (at_ < text_.size() && file_.fault.empty()) ReadRow();
    return std::move(file_);
  }

 private:
  void ReadRow() {
    CsvRow row;
    row.line = line_;
    do {
      row.cells.push_back(Peek() == '"' ? QuotedCell() : PlainCell());
      if (!file_.fault.empty()) return;
    } while (Skip(','));
    SkipLineBreak();
    const bool is_empty_line = row.cells.size() == 1 && row.cells[0].empty();
    if (!is_empty_line) file_.rows.push_back(std::move(row));
  }

  std::string PlainCell() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && text_[at_] != ',' && !IsLineBreak()) ++at_;
    return std::string(text_.substr(begin, at_ - begin));
  }

  std::string QuotedCell() {
    const int first_line = line_;
    std::string cell;
    for (++at_; at_ < text_.size();) {
      if (text_[at_] == '"') {
        ++at_;
        if (Peek() != '"') {
          if (at_ < text_.size() && text_[at_] != ',' && !IsLineBreak()) {
            Fault(line_, "has text behind the closing quote of a cell");
          }
          return cell;
        }
      }
      if (IsLineBreak()) {
        const std::size_t begin = at_;
        SkipLineBreak();
        cell.append(text_.data() + begin, at_ - begin);
      } else {
        cell.push_back(text_[at_++]);
      }
    }
    Fault(first_line, "has a quote that is never closed");
    return cell;
  }

  char Peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool IsLineBreak() const { return text_[at_] == '\n' || text_[at_] == '\r'; }

  bool Skip(char c) {
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  void SkipLineBreak() {
    const bool cr = Skip('\r'), lf = Skip('\n');
    if (cr || lf) ++line_;
  }

  void Fault(int line, const char* what) {
    file_.fault = what;
    file_.fault_line = line;
  }

  absl::string_view text_;
  std::size_t at_ = 0;
  int line_ = 1;
  CsvFile file_;
};

// What stands before the closing quote, which is taken as well.
std::string TakeQuoted(absl::string_view& cell) {
  std::string text;
  while (!cell.empty()) {
    const char c = cell.front();
    cell.remove_prefix(1);
    if (c == '"' && !absl::ConsumePrefix(&cell, "\"")) break;  // a doubled one is a quote
    text.push_back(c);
  }
  return text;
}

}  // namespace

CsvFile ParseCsv(absl::string_view text) { return CsvReader(text).Read(); }

std::vector<std::string> ParseLinks(absl::string_view cell) {
  std::vector<std::string> names;
  while (!cell.empty()) {
    cell = absl::StripLeadingAsciiWhitespace(cell);
    std::string name = absl::ConsumePrefix(&cell, "\"") ? TakeQuoted(cell) : "";
    const std::size_t comma = std::min(cell.find(','), cell.size());
    name.append(cell.data(), comma);  // all of a name without quotes
    cell.remove_prefix(std::min(comma + 1, cell.size()));
    name = std::string(absl::StripAsciiWhitespace(name));
    if (!name.empty()) names.push_back(std::move(name));
  }
  return names;
}

}  // namespace afterhours::files
