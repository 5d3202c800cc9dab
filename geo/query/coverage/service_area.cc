#include "geo/query/coverage/service_area.h"
