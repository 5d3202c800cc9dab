#include "server/store/city_store.h"
