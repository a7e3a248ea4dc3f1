package sqlstore

import (
	"reflect"

	"modernc.org/libc"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

func init() {
	sqlite.RegisterConnectionHook(func(conn sqlite.ExecQuerierContext, _ string) error {
		stablePlans(conn, 1)
		return nil
	})
}

// stablePlans makes SQLite keep a statement's plan whatever values it is run with
// (SQLITE_DBCONFIG_ENABLE_QPSG), with set 1, and says whether it does. Otherwise it compiles a statement
// anew for each value of a LIMIT, and whenever a number that is compared changes from 1 to another: FTS5
// does so twice for every word that it looks for, once its index has several parts, and then spends half
// of its time on that.
//
// The driver has no door for this setting, so it is set on the connection that it holds. Where another
// version holds that otherwise, statements are as slow as they were, and a test says so.
func stablePlans(conn any, set int32) bool {
	v := reflect.ValueOf(conn)
	if v.Kind() != reflect.Pointer || v.Elem().Kind() != reflect.Struct {
		return false
	}
	handle, thread := v.Elem().FieldByName("db"), v.Elem().FieldByName("tls")
	if !handle.IsValid() || handle.Kind() != reflect.Uintptr || !thread.IsValid() || thread.Type() != reflect.TypeFor[*libc.TLS]() {
		return false
	}
	tls := (*libc.TLS)(thread.UnsafePointer())
	const word = 8 // of an argument
	size := int(3 * word)
	p := tls.Alloc(size)
	defer tls.Free(size)
	on := p + 2*word
	rc := sqlite3.Xsqlite3_db_config(tls, uintptr(handle.Uint()), sqlite3.SQLITE_DBCONFIG_ENABLE_QPSG, libc.VaList(p, set, on))
	return rc == sqlite3.SQLITE_OK && libc.AtomicLoadPInt32(on) == 1
}
