// SPDX-License-Identifier: GPL-2.0-or-later
// The DAHDI driver's own header, dahdi/user.h, as C++ can take it: it is C, and warns under -Wpedantic. Whoever
// talks to the driver includes this one.
#pragma once

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
extern "C" {
#include <dahdi/user.h>
}
#pragma GCC diagnostic pop
