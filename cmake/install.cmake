# Where `cmake --install build/release` puts things.
include(GNUInstallDirs)

install(TARGETS larder-server RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
install(TARGETS larder-tool RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
install(FILES conf/larder.conf DESTINATION "${CMAKE_INSTALL_SYSCONFDIR}/larder")

configure_file(conf/larder.service.in larder.service @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/larder.service" conf/larder.socket DESTINATION lib/systemd/system)
