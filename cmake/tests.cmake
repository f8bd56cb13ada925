# larder_unit_tests(module [NEEDS module] [SOURCES file...]): one binary of tests/unit/<module>/*_test.cc, each test case
# known to CTest. SOURCES are parts of a program that no library has; they need what NEEDS names.
find_package(GTest REQUIRED)
include(GoogleTest)

function(larder_unit_tests module)
  cmake_parse_arguments(arg "" "NEEDS" "SOURCES" ${ARGN})
  if(NOT arg_NEEDS)
    set(arg_NEEDS ${module})
  endif()
  file(GLOB sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tests/unit/${module}/*_test.cc")
  if(NOT sources)
    return()
  endif()
  add_executable(${module}_test ${sources} ${arg_SOURCES})
  target_link_libraries(${module}_test PRIVATE larder_${arg_NEEDS} GTest::gmock_main)
  if(LARDER_JEMALLOC)
    target_link_libraries(${module}_test PRIVATE PkgConfig::JEMALLOC)
  endif()
  gtest_discover_tests(${module}_test TEST_PREFIX "unit/${module}/" DISCOVERY_MODE PRE_TEST
                       PROPERTIES LABELS unit TIMEOUT 120)
endfunction()
