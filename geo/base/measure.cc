#include "geo/base/measure.h"
