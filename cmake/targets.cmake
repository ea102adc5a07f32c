set(AFTERHOURS_WARNINGS -Wall -Wextra -Werror)
if(AFTERHOURS_SANITIZE STREQUAL "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ warns of each fence in Abseil's headers that the sanitizer does not know.
  list(APPEND AFTERHOURS_WARNINGS -Wno-tsan)
endif()

# afterhours_library(NAME SOURCES a.cc b.cc LINKS x y): one layer's library.
function(afterhours_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINKS" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_compile_options(${name} PRIVATE ${AFTERHOURS_WARNINGS})
  target_link_libraries(${name} PUBLIC ${ARG_LINKS})
endfunction()

# afterhours_binary(NAME SOURCES main.cc LINKS x y)
function(afterhours_binary name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINKS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_compile_options(${name} PRIVATE ${AFTERHOURS_WARNINGS})
  target_link_libraries(${name} PRIVATE ${ARG_LINKS})
endfunction()
