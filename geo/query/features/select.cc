#include "geo/query/features/select.h"
