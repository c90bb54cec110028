# Man pages and completions are made by the programs themselves, so they cannot fall out of step; then all is installed.

get_property(programs GLOBAL PROPERTY COOPSEG_PROGRAMS)
get_property(rooms GLOBAL PROPERTY COOPSEG_ROOMS)

# The build tree has the shape of an installation: bin/, share/coopseg/.
set(share "${CMAKE_BINARY_DIR}/share/coopseg")
if(IS_SYMLINK "${share}")
  file(REMOVE "${share}")
endif()
file(MAKE_DIRECTORY "${share}")
file(GLOB parts CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/share/*")
foreach(part IN LISTS parts)
  get_filename_component(name "${part}" NAME)
  file(CREATE_LINK "${part}" "${share}/${name}" SYMBOLIC)
endforeach()
include(VegaBundle)
coopseg_vega_bundle("${VEGA_DIR}" "${share}/vega/vega.js")

set(pages "")
foreach(program IN LISTS programs)
  set(page "${CMAKE_BINARY_DIR}/man/${program}.1")
  set(prose "${PROJECT_SOURCE_DIR}/man/${program}.roff")
  set(completion "${CMAKE_BINARY_DIR}/completions/${program}")
  add_custom_command(OUTPUT "${page}" "${completion}"
    COMMAND "${CMAKE_COMMAND}" -DPROGRAM=$<TARGET_FILE:${program}> -DPROSE=${prose} -DPAGE=${page}
            -DCOMPLETION=${completion} -P "${PROJECT_SOURCE_DIR}/cmake/MakePages.cmake"
    DEPENDS ${program} "${PROJECT_SOURCE_DIR}/cmake/MakePages.cmake" "${prose}"
    VERBATIM)
  list(APPEND pages "${page}" "${completion}")
  install(FILES "${page}" DESTINATION "${CMAKE_INSTALL_MANDIR}/man1")
  install(FILES "${completion}" DESTINATION "${CMAKE_INSTALL_DATADIR}/bash-completion/completions")
endforeach()
add_custom_target(pages ALL DEPENDS ${pages})

install(TARGETS ${programs} RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
install(TARGETS ${rooms} LIBRARY DESTINATION "${COOPSEG_LIBRARY_FOLDER}")
install(DIRECTORY share/ DESTINATION "${CMAKE_INSTALL_DATADIR}/coopseg")
install(FILES "${share}/vega/vega.js" DESTINATION "${CMAKE_INSTALL_DATADIR}/coopseg/vega")
install(DIRECTORY examples/ DESTINATION "${CMAKE_INSTALL_DATADIR}/doc/coopseg/examples")
install(FILES README.md LICENSE CITATION.cff DESTINATION "${CMAKE_INSTALL_DATADIR}/doc/coopseg")
install(DIRECTORY docs/ DESTINATION "${CMAKE_INSTALL_DATADIR}/doc/coopseg/docs")
