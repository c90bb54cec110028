# Man pages and completions are made by the programs themselves, so they cannot fall out of step; then all is installed,
# in three parts: programs (what needs no LibTorch), networks, doc. CoopSegPackage.cmake makes a package of each.

get_property(programs GLOBAL PROPERTY COOPSEG_PROGRAMS)
get_property(network_programs GLOBAL PROPERTY COOPSEG_NETWORK_PROGRAMS)

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
  set(part programs)
  if(program IN_LIST network_programs)
    set(part networks)
  endif()
  install(FILES "${page}" DESTINATION "${CMAKE_INSTALL_MANDIR}/man1" COMPONENT ${part})
  install(FILES "${completion}" DESTINATION "${CMAKE_INSTALL_DATADIR}/bash-completion/completions" COMPONENT ${part})
  install(TARGETS ${program} RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}" COMPONENT ${part})
endforeach()
add_custom_target(pages ALL DEPENDS ${pages})
foreach(room IN LISTS rooms network_rooms)
  set(part programs)
  if(room IN_LIST network_rooms)
    set(part networks)
  endif()
  install(TARGETS coopseg_${room} LIBRARY DESTINATION "${COOPSEG_LIBRARY_FOLDER}" COMPONENT ${part})
  add_dependencies(pages coopseg_${room}) # those that programs open late, too
endforeach()

set(executable OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(scripts REGEX "[.](sh|sbatch)$" PERMISSIONS ${executable})
install(DIRECTORY share/ DESTINATION "${CMAKE_INSTALL_DATADIR}/coopseg" COMPONENT programs ${scripts})
install(FILES "${share}/vega/vega.js" DESTINATION "${CMAKE_INSTALL_DATADIR}/coopseg/vega" COMPONENT programs)
set(doc "${CMAKE_INSTALL_DATADIR}/doc/coopseg")
install(DIRECTORY examples/ DESTINATION "${doc}/examples" COMPONENT doc ${scripts})
install(DIRECTORY docs/ DESTINATION "${doc}/docs" COMPONENT doc)
install(FILES README.md CITATION.cff DESTINATION "${doc}" COMPONENT doc)
install(FILES LICENSE DESTINATION "${doc}" COMPONENT licence) # packages say it in their own way
