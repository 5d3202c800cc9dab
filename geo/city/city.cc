#include "geo/city/city.h"
