#include "geo/base/overlay.h"
