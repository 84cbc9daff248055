// SPDX-License-Identifier: GPL-2.0-or-later
// libpri's header, which is C and does not say so.
#pragma once

#include <sys/time.h>

extern "C" {
#include <libpri.h>
}
