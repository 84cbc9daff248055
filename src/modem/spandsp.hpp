// SPDX-License-Identifier: GPL-2.0-or-later
// spandsp's headers, as this project's warnings can bear them. Only .cpp files include this.
#pragma once

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wold-style-cast"
#pragma GCC diagnostic ignored "-Wpedantic"
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wunused-parameter"
#include <tiffio.h>
// After tiffio.h: spandsp.h uses its types without including it.
#include <spandsp.h>
#pragma GCC diagnostic pop
