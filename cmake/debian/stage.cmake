# Run by CPack over the files of each package: compressed man pages and changelogs, and the licence as Debian states it.
foreach(part IN LISTS CPACK_COMPONENTS_ALL)
  string(TOUPPER "${part}" name)
  set(package "${CPACK_DEBIAN_${name}_PACKAGE_NAME}")
  set(share "${CPACK_TEMPORARY_INSTALL_DIRECTORY}/${part}/usr/share")
  set(doc "${share}/doc/${package}")
  file(COPY "${CMAKE_CURRENT_LIST_DIR}/copyright" DESTINATION "${doc}"
       FILE_PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ)
  configure_file("${CPACK_COOPSEG_SOURCE}/CHANGELOG.md" "${doc}/changelog" COPYONLY)
  execute_process(COMMAND date --utc --rfc-email --date "${CPACK_COOPSEG_DATE}" OUTPUT_VARIABLE date
                  OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
  file(WRITE "${doc}/changelog.Debian"
    "coopseg (${CPACK_COOPSEG_VERSION}) ${CPACK_COOPSEG_CODENAME}; urgency=medium\n\n"
    "  * Packages of CoopSeg ${CPACK_PACKAGE_VERSION}; changelog.gz says what is new in it.\n\n"
    " -- ${CPACK_DEBIAN_PACKAGE_MAINTAINER}  ${date}\n")
  file(GLOB long_texts "${share}/man/man1/*.1" "${doc}/changelog*")
  execute_process(COMMAND gzip -9n ${long_texts} COMMAND_ERROR_IS_FATAL ANY)
  file(GLOB long_texts "${share}/man/man1/*.gz" "${doc}/changelog*")
  file(CHMOD ${long_texts} FILE_PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ)
endforeach()
