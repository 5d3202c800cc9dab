#include "geo/io/projection.h"
