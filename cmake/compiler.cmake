# Language level, warnings and instrumentation that every target shares.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

option(LARDER_TESTS "Build the tests" ON)
option(LARDER_BENCH "Build the benchmarks" OFF)
option(LARDER_FUZZ "Build the fuzz targets (clang)" OFF)
option(LARDER_WERROR "Treat warnings as errors" OFF)
option(LARDER_JEMALLOC "Allocate through jemalloc" ON)
set(LARDER_SANITIZE "" CACHE STRING "Value for -fsanitize=, such as address,undefined")

find_program(LARDER_CCACHE ccache)
if(LARDER_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${LARDER_CCACHE}")
endif()

add_library(larder_options INTERFACE)
target_compile_options(larder_options INTERFACE
  -Wall -Wextra -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wimplicit-fallthrough
  $<$<BOOL:${LARDER_WERROR}>:-Werror>
  -fno-omit-frame-pointer)
if(LARDER_SANITIZE)
  target_compile_options(larder_options INTERFACE -fsanitize=${LARDER_SANITIZE} -fno-sanitize-recover=all)
  target_link_options(larder_options INTERFACE -fsanitize=${LARDER_SANITIZE})
endif()
if(LARDER_FUZZ)
  target_compile_options(larder_options INTERFACE -fsanitize=fuzzer-no-link)
endif()
target_include_directories(larder_options INTERFACE
  "${PROJECT_SOURCE_DIR}/src" "${PROJECT_SOURCE_DIR}/include" "${PROJECT_BINARY_DIR}/generated")
target_compile_definitions(larder_options INTERFACE
  SPDLOG_FMT_EXTERNAL SPDLOG_COMPILED_LIB
  $<$<BOOL:${LARDER_JEMALLOC}>:LARDER_JEMALLOC>)

configure_file("${PROJECT_SOURCE_DIR}/cmake/version.h.in" "${PROJECT_BINARY_DIR}/generated/larder/version.h" @ONLY)
