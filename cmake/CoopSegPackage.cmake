# Three Debian packages, made by `make -f Makefile.pipelines deb`: coopseg, coopseg-networks and coopseg-doc, for the
# release of the machine that builds them. What Debian asks of their files: debian/stage.cmake.

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME coopseg)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "") # each has its own
set(CPACK_PACKAGE_VERSION "${PROJECT_VERSION}")
set(CPACK_OUTPUT_FILE_PREFIX "${CMAKE_BINARY_DIR}/packages")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS ${executable})
set(CPACK_STRIP_FILES ON)
set(CPACK_COMPONENTS_ALL programs networks doc)
if(NOT COOPSEG_NETWORKS)
  list(REMOVE_ITEM CPACK_COMPONENTS_ALL networks)
endif()
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_PRE_BUILD_SCRIPTS "${CMAKE_CURRENT_LIST_DIR}/debian/stage.cmake")

cmake_host_system_information(RESULT host QUERY FQDN)
set(CPACK_DEBIAN_PACKAGE_MAINTAINER "The CoopSeg developers <coopseg@${host}>") # Makefile.pipelines: DEBEMAIL
# A package of an older release gives way to that of a newer one.
cmake_host_system_information(RESULT release QUERY DISTRIB_VERSION_ID)
set(CPACK_DEBIAN_PACKAGE_RELEASE "1~deb${release}")
set(version "${PROJECT_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE}")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SOURCE coopseg)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS "${CMAKE_LIBRARY_OUTPUT_DIRECTORY}")

set(CPACK_DEBIAN_PROGRAMS_PACKAGE_NAME coopseg)
set(CPACK_DEBIAN_PROGRAMS_PACKAGE_RECOMMENDS make)
set(CPACK_DEBIAN_PROGRAMS_PACKAGE_SUGGESTS "coopseg-doc, coopseg-networks")
set(CPACK_COMPONENT_PROGRAMS_DESCRIPTION "robust medical image segmentation: data and scores
Small command-line programs that exchange NIfTI images and JSON, so that an
experiment in image segmentation is a shell script, a Makefile or a SLURM
array. This package makes synthetic hearts, lists, checks, divides and
preprocesses data sets, corrupts images with the artefacts of MR scanners
(the ACDC-C test sets), scores segmentations and reports on experiments.
.
Training and prediction are in coopseg-networks.")

set(CPACK_DEBIAN_NETWORKS_PACKAGE_NAME coopseg-networks)
set(CPACK_DEBIAN_NETWORKS_PACKAGE_DEPENDS
  "coopseg (= ${version}), libopenblas0-openmp | libopenblas0-pthread | libopenblas0")
set(CPACK_DEBIAN_NETWORKS_PACKAGE_SUGGESTS coopseg-doc)
set(CPACK_COMPONENT_NETWORKS_DESCRIPTION "robust medical image segmentation: training and prediction
The programs of CoopSeg that train networks for image segmentation, segment
with them, and show the hard examples that they learn from: cooperative
training of a fast- and a slow-thinking network with latent space data
augmentation, and the methods that it is compared with. They need LibTorch.")

set(CPACK_DEBIAN_DOC_PACKAGE_NAME coopseg-doc)
set(CPACK_DEBIAN_DOC_PACKAGE_ARCHITECTURE all)
set(CPACK_DEBIAN_DOC_PACKAGE_SECTION doc)
set(CPACK_DEBIAN_DOC_PACKAGE_SHLIBDEPS OFF)
set(CPACK_DEBIAN_DOC_PACKAGE_SUGGESTS coopseg)
set(CPACK_COMPONENT_DOC_DESCRIPTION "robust medical image segmentation: documentation
The guide to CoopSeg, and example scripts to copy. The manual pages come with
the programs, in coopseg and coopseg-networks.")

# For the script above.
set(CPACK_COOPSEG_SOURCE "${PROJECT_SOURCE_DIR}")
cmake_host_system_information(RESULT CPACK_COOPSEG_CODENAME QUERY DISTRIB_VERSION_CODENAME)
set(CPACK_COOPSEG_DATE "${COOPSEG_DATE}")
set(CPACK_COOPSEG_VERSION "${version}")
include(CPack)
