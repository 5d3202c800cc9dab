#include "geo/query/features/nearest.h"
