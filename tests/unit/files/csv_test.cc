#include "server/files/csv.h"

#include <gmock/gmock.h>

#include <random>

namespace afterhours::files {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::vector<std::string>> CellsOf(const std::string& text) {
  std::vector<std::vector<std::string>> cells;
  const CsvFile file = ParseCsv(text);
  EXPECT_EQ(file.fault, "") << text;
  for (const CsvRow& row : file.rows) cells.push_back(row.cells);
  return cells;
}

TEST(Csv, CellsAndRows) {
  EXPECT_THAT(CellsOf(""), IsEmpty());
  EXPECT_THAT(CellsOf("\xef\xbb\xbf"
                      "a,b\r\nc,d"),
              ElementsAre(ElementsAre("a", "b"), ElementsAre("c", "d")));
  EXPECT_THAT(CellsOf("a,,\n,b"), ElementsAre(ElementsAre("a", "", ""), ElementsAre("", "b")));
  EXPECT_THAT(CellsOf("a\rb\r\n\r\n\nc\n"), ElementsAre(ElementsAre("a"), ElementsAre("b"), ElementsAre("c")));
}

TEST(Csv, Quotes) {
  EXPECT_THAT(CellsOf("\"a,b\",\"c\"\"d\"\n"), ElementsAre(ElementsAre("a,b", "c\"d")));
  EXPECT_THAT(CellsOf("\"a\r\nb\",\"\"\"\"\n\"\",x"), ElementsAre(ElementsAre("a\r\nb", "\""), ElementsAre("", "x")));
  EXPECT_THAT(CellsOf("5\" pipe,x"), ElementsAre(ElementsAre("5\" pipe", "x"))) << "not at the beginning";
}

TEST(Csv, LinesAreWhereRowsBegin) {
  const CsvFile file = ParseCsv("a\r\n\"b\nb\r\nb\"\r\n\r\nc\rd");
  std::vector<int> lines;
  for (const CsvRow& row : file.rows) lines.push_back(row.line);
  EXPECT_THAT(lines, ElementsAre(1, 2, 6, 7));
}

TEST(Csv, WhatCannotBeTrusted) {
  const CsvFile open = ParseCsv("a\nb,\"c\nd");
  EXPECT_EQ(open.fault, "has a quote that is never closed");
  EXPECT_EQ(open.fault_line, 2);
  const CsvFile behind = ParseCsv("a\n\"b\"c,d");
  EXPECT_EQ(behind.fault, "has text behind the closing quote of a cell");
  EXPECT_EQ(behind.fault_line, 2);
}

std::string Quoted(const std::string& cell) {
  std::string quoted = "\"";
  for (const char c : cell) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + "\"";
}

TEST(Csv, AnythingQuotedIsReadBack) {
  std::mt19937 random(1);
  const std::string alphabet = "a,\"\n\r \xc3\xa9;";
  for (int round = 0; round < 2000; ++round) {
    std::vector<std::vector<std::string>> rows(1 + random() % 4);
    std::string text;
    for (std::vector<std::string>& row : rows) {
      for (unsigned int i = 1 + random() % 4; i > 0; --i) {
        std::string cell = "x";
        for (unsigned int j = random() % 6; j > 0; --j) cell.push_back(alphabet[random() % alphabet.size()]);
        row.push_back(cell);
        text += Quoted(cell) + (i > 1 ? "," : random() % 2 == 0 ? "\r\n" : "\n");
      }
    }
    ASSERT_EQ(CellsOf(text), rows) << text;
  }
}

TEST(Csv, AnyBytesAreReadToTheirEnd) {
  std::mt19937 random(2);
  const std::string alphabet = ",,\"\"\n\rab\xff";
  for (int round = 0; round < 20000; ++round) {
    std::string text;
    for (unsigned int i = random() % 20; i > 0; --i) text.push_back(alphabet[random() % alphabet.size()]);
    int last_line = 0;
    for (const CsvRow& row : ParseCsv(text).rows) {
      EXPECT_GT(row.line, last_line) << text;
      EXPECT_FALSE(row.cells.empty());
      last_line = row.line;
    }
    ParseLinks(text);
  }
}

TEST(Links, AreSeparatedByCommas) {
  EXPECT_THAT(ParseLinks(""), IsEmpty());
  EXPECT_THAT(ParseLinks("Smith"), ElementsAre("Smith"));
  EXPECT_THAT(ParseLinks("Smith, Jones & Co,"), ElementsAre("Smith", "Jones & Co"));
  EXPECT_THAT(ParseLinks("\"Birch, Bay & Sons\",Smith"), ElementsAre("Birch, Bay & Sons", "Smith"));
  EXPECT_THAT(ParseLinks("Ann \"A\" Lee"), ElementsAre("Ann \"A\" Lee"));
  EXPECT_THAT(ParseLinks("\"Ivy \"\"24/7\"\" Rooter\""), ElementsAre("Ivy \"24/7\" Rooter"));
}

}  // namespace
}  // namespace afterhours::files
