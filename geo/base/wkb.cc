#include "geo/base/wkb.h"
