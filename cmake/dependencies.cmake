# Debian 12's packages; scripts/lib/packages lists their names.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(Boost 1.81 EXACT REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(CLI11 REQUIRED)
pkg_check_modules(LUA REQUIRED IMPORTED_TARGET lua5.1-c++)
pkg_check_modules(LZ4 REQUIRED IMPORTED_TARGET liblz4)
pkg_check_modules(SYSTEMD REQUIRED IMPORTED_TARGET libsystemd)

add_library(xxhash INTERFACE)  # used as a header: the keyed hash is inlined into the lookup
target_compile_definitions(xxhash INTERFACE XXH_INLINE_ALL)

if(LARDER_JEMALLOC)
  pkg_check_modules(JEMALLOC REQUIRED IMPORTED_TARGET jemalloc)
endif()

# Asio compiles once, in its own object, rather than in every file that includes it.
file(WRITE "${PROJECT_BINARY_DIR}/generated/asio.cc" "#include <boost/asio/impl/src.hpp>\n")
add_library(larder_asio STATIC "${PROJECT_BINARY_DIR}/generated/asio.cc")
target_compile_definitions(larder_asio PUBLIC
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED)
target_include_directories(larder_asio SYSTEM PUBLIC ${Boost_INCLUDE_DIRS})
target_link_libraries(larder_asio PUBLIC Threads::Threads PRIVATE larder_options)
