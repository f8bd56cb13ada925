# larder_unit_tests(module): one binary of tests/unit/<module>/*_test.cc, each test case known to CTest.
find_package(GTest REQUIRED)
include(GoogleTest)

function(larder_unit_tests module)
  file(GLOB sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/tests/unit/${module}/*_test.cc")
  if(NOT sources)
    return()
  endif()
  add_executable(${module}_test ${sources})
  target_link_libraries(${module}_test PRIVATE larder_${module} GTest::gmock_main)
  if(LARDER_JEMALLOC)
    target_link_libraries(${module}_test PRIVATE PkgConfig::JEMALLOC)
  endif()
  gtest_discover_tests(${module}_test TEST_PREFIX "unit/${module}/" DISCOVERY_MODE PRE_TEST
                       PROPERTIES LABELS unit TIMEOUT 120)
endfunction()
