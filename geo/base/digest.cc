#include "geo/base/digest.h"
