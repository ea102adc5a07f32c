#include "adapters/openai/endpoint.h"

#include <gtest/gtest.h>

namespace afterhours::openai {
namespace {

TEST(Endpoint, IsReachedOverHttps) {
  for (const char* url : {"https://api.example.com/v1", "https://api.example.com", "https://10.0.0.7:8443/v1",
                          "https://localhost:8443/v1"}) {
    EXPECT_EQ(BaseUrlFault(url), std::nullopt) << url;
  }
  for (const char* url :
       {"", "api.example.com/v1", "ftp://api.example.com", "https://", "https:///v1", "https://api.example.com/v1/",
        "https://api.example.com/v1?key=1", "https://api.example.com/v1#a", "https://key@api.example.com/v1",
        "https://api.example.com/v 1", "https://api.example.com/v1\n"}) {
    EXPECT_NE(BaseUrlFault(url), std::nullopt) << url;
  }
}

TEST(Endpoint, OnThisMachineNeedsNone) {
  for (const char* url : {"http://localhost/v1", "http://localhost:11434/v1", "http://127.0.0.1:8000/v1",
                          "http://127.8.0.1/v1", "http://[::1]:8000/v1"}) {
    EXPECT_EQ(BaseUrlFault(url), std::nullopt) << url;
  }
  for (const char* url : {"http://api.example.com/v1", "http://10.0.0.7/v1", "http://localhost.example.com/v1",
                          "http://127.example.com/v1", "http://127.0.0.1.example.com/v1", "http://[::2]/v1",
                          "http://localhost@example.com/v1", "http://0.0.0.0/v1"}) {
    EXPECT_NE(BaseUrlFault(url), std::nullopt) << url;
  }
}

TEST(Endpoint, HasANameAndPerhapsAKey) {
  EXPECT_EQ(ModelFault("org/small-1:8b"), std::nullopt);
  for (const char* model : {"", "small 1", "small\n1"}) EXPECT_NE(ModelFault(model), std::nullopt) << model;
  EXPECT_NE(ModelFault(std::string(201, 'm')), std::nullopt);
  EXPECT_EQ(ApiKeyFault(""), std::nullopt);
  EXPECT_EQ(ApiKeyFault("sk-proj_Key1"), std::nullopt);
  for (const char* key : {"sk key", "sk-Key1\r\nX-Evil: 1", "\xc3\xa9"})
    EXPECT_NE(ApiKeyFault(key), std::nullopt) << key;
}

}  // namespace
}  // namespace afterhours::openai
