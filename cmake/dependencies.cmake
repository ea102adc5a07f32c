# All of these are Debian 12 packages; tools/setup installs them.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(absl REQUIRED)
find_package(Protobuf REQUIRED)
find_package(gRPC CONFIG REQUIRED)
find_package(OpenSSL 3 REQUIRED)
find_package(CURL REQUIRED)
find_package(Boost 1.74 REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(prometheus-cpp CONFIG REQUIRED COMPONENTS core)
pkg_check_modules(PQXX REQUIRED IMPORTED_TARGET libpqxx)
pkg_check_modules(TCMALLOC REQUIRED IMPORTED_TARGET libtcmalloc_minimal)

# It ships no CMake or pkg-config file on Debian 12.
add_library(phonenumber INTERFACE)
target_link_libraries(phonenumber INTERFACE -lphonenumber)

# For programs that allocate much on many threads: they link it, libraries do not.
# Sanitizers bring an allocator of their own.
add_library(allocator INTERFACE)
if(NOT AFTERHOURS_SANITIZE)
  target_link_libraries(allocator INTERFACE PkgConfig::TCMALLOC)
endif()
