# Where `cmake --install build/release` puts things.
include(GNUInstallDirs)

install(TARGETS larder-server RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
install(TARGETS larder-tool RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
install(FILES conf/larder.conf DESTINATION "${CMAKE_INSTALL_SYSCONFDIR}/larder")
