#include "geo/base/geometry.h"
