#include "geo/layer/theme.h"
