# The targets converge::shared and converge::static of an installed libconverge. It finds them beside itself, so the folder that it was
# installed into may be moved, and a build for another system, whose searches look under its own root, finds the same. The C++ header needs
# C++17.

get_filename_component(_converge_prefix "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)
set(_converge_include "${_converge_prefix}/include")
if(NOT EXISTS "${_converge_include}/converge.h")
  set(_converge_include "")
endif()

# Where libraries go differs: lib, lib64, lib/x86_64-linux-gnu.
set(_converge_folders "${_converge_prefix}/lib" "${_converge_prefix}/lib64")
if(CMAKE_LIBRARY_ARCHITECTURE)
  list(APPEND _converge_folders "${_converge_prefix}/lib/${CMAKE_LIBRARY_ARCHITECTURE}")
endif()

foreach(_converge_kind shared static)
  string(TOUPPER "${_converge_kind}" _converge_type)
  set(_converge_name "${CMAKE_${_converge_type}_LIBRARY_PREFIX}converge${CMAKE_${_converge_type}_LIBRARY_SUFFIX}")
  foreach(_converge_folder IN LISTS _converge_folders)
    if(_converge_include AND EXISTS "${_converge_folder}/${_converge_name}" AND NOT TARGET converge::${_converge_kind})
      add_library(converge::${_converge_kind} ${_converge_type} IMPORTED)
      set_target_properties(converge::${_converge_kind} PROPERTIES
        IMPORTED_LOCATION "${_converge_folder}/${_converge_name}"
        INTERFACE_INCLUDE_DIRECTORIES "${_converge_include}")
    endif()
  endforeach()
endforeach()

# What a program that holds the library itself must be linked with.
if(TARGET converge::static AND UNIX)
  include(CMakeFindDependencyMacro)
  find_dependency(Threads)
  set(_converge_needs Threads::Threads ${CMAKE_DL_LIBS})
  if(APPLE)
    list(APPEND _converge_needs "-framework CoreFoundation" "-framework Security")
  else()
    list(APPEND _converge_needs m)
  endif()
  set_property(TARGET converge::static PROPERTY INTERFACE_LINK_LIBRARIES ${_converge_needs})
endif()

include(FindPackageHandleStandardArgs)
if(TARGET converge::shared OR TARGET converge::static)
  set(_converge_found TRUE)
endif()
find_package_handle_standard_args(converge REQUIRED_VARS _converge_include _converge_found)
foreach(_converge_variable found include folder folders kind type name needs prefix)
  unset(_converge_${_converge_variable})
endforeach()
