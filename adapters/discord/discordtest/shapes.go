package discordtest

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// shapes are the published shapes of bodies: Discord's OpenAPI description (discord/discord-api-spec).
// It is not part of this repository; requests are checked against it where it is found.
type shapes struct {
	file  string
	paths map[string]string // "POST /channels/{}/messages" -> JSON pointer of the operation

	mu       sync.Mutex
	compiler *jsonschema.Compiler
	doc      map[string]any
	cache    map[string]*jsonschema.Schema // nil where there is no shape
}

const (
	shapesVariable = "GUILDHALL_PLATFORM_DATA" // a folder with discord/discord-openapi.json
	shapesFile     = "discord/discord-openapi.json"
	shapesURL      = "discord.json"
)

// The description is large: it is read once a process.
var (
	shapesOnce   sync.Once
	loadedShapes *shapes
	errShapes    error
)

// loadShapes finds and reads the description; nil when there is none.
func loadShapes() (*shapes, error) {
	shapesOnce.Do(func() {
		if file := findShapes(); file != "" {
			loadedShapes, errShapes = readShapes(file)
		}
	})
	return loadedShapes, errShapes
}

// findShapes looks where the environment says, else in shared/data beside a folder above this one.
func findShapes() string {
	if dir := os.Getenv(shapesVariable); dir != "" {
		if file := filepath.Join(dir, shapesFile); isFile(file) {
			return file
		}
		return ""
	}
	dir, err := os.Getwd()
	if err != nil {
		return ""
	}
	for {
		file := filepath.Join(dir, "shared", "data", shapesFile)
		if isFile(file) {
			return file
		}
		up := filepath.Dir(dir)
		if up == dir {
			return ""
		}
		dir = up
	}
}

func isFile(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.Mode().IsRegular()
}

var pathVariable = regexp.MustCompile(`\{[^}]*\}`)

func readShapes(file string) (*shapes, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("read Discord's OpenAPI description: %w", err)
	}
	defer f.Close()
	doc, err := jsonschema.UnmarshalJSON(f)
	if err != nil {
		return nil, fmt.Errorf("read Discord's OpenAPI description: %w", err)
	}
	s := &shapes{file: file, paths: map[string]string{}, compiler: jsonschema.NewCompiler(), cache: map[string]*jsonschema.Schema{}}
	if err := s.compiler.AddResource(shapesURL, doc); err != nil {
		return nil, fmt.Errorf("use Discord's OpenAPI description: %w", err)
	}
	s.doc, _ = doc.(map[string]any)
	paths, _ := s.doc["paths"].(map[string]any)
	for path, operations := range paths {
		operations, _ := operations.(map[string]any)
		for method := range operations {
			name := strings.ToUpper(method) + " " + pathVariable.ReplaceAllString(path, "{}")
			s.paths[name] = "/paths/" + pointerPart(path) + "/" + method
		}
	}
	return s, nil
}

func pointerPart(s string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(s)
}

// of is the schema below an operation, such as "requestBody/content/application~1json/schema"; nil
// when the description has none.
func (s *shapes) of(r *route, below string) (*jsonschema.Schema, error) {
	operation := s.paths[r.method+" "+pathVariable.ReplaceAllString(r.pattern, "{}")]
	if operation == "" {
		return nil, nil
	}
	pointer := operation + "/" + below
	s.mu.Lock()
	defer s.mu.Unlock()
	if schema, ok := s.cache[pointer]; ok {
		return schema, nil
	}
	if !s.exists(pointer) {
		s.cache[pointer] = nil
		return nil, nil
	}
	schema, err := s.compiler.Compile(shapesURL + "#" + strings.NewReplacer("{", "%7B", "}", "%7D").Replace(pointer))
	if err != nil {
		return nil, fmt.Errorf("compile the shape of %s: %w", r, err)
	}
	s.cache[pointer] = schema
	return schema, nil
}

func (s *shapes) exists(pointer string) bool {
	var at any = s.doc
	for _, part := range strings.Split(pointer, "/")[1:] {
		m, ok := at.(map[string]any)
		if !ok {
			return false
		}
		if at, ok = m[strings.NewReplacer("~1", "/", "~0", "~").Replace(part)]; !ok {
			return false
		}
	}
	return true
}

// checkShape records a fault when the body is not of the published shape. Discord's own limits decide
// what is refused; this finds what they do not cover.
func (s *Server) checkShape(c *call) {
	if s.shapes == nil || len(c.body) == 0 {
		return
	}
	if problem := s.shapes.problem(c.route, "requestBody/content/application~1json/schema", c.body, loosened); problem != nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.fault("shape", c, "%v", problem)
	}
}

// problem is what is wrong with a body; loosen changes it before it is checked.
func (s *shapes) problem(r *route, below string, body json.RawMessage, loosen func(any) any) error {
	schema, err := s.of(r, below)
	if schema == nil || err != nil {
		return err
	}
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(string(body)))
	if err != nil {
		return err
	}
	err = schema.Validate(loosen(v))
	var detail *jsonschema.ValidationError
	if errors.As(err, &detail) {
		return errors.New(strings.ReplaceAll(detail.Error(), "\n", "; "))
	}
	return err
}

// loosened takes back what the description is stricter in than Discord: permissions may be sent as
// text, which is how the reference has them.
func loosened(v any) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = loosened(v[i])
		}
	case map[string]any:
		for k, inner := range v {
			text, isText := inner.(string)
			if _, err := strconv.ParseUint(text, 10, 53); isText && err == nil && k == "default_member_permissions" {
				v[k] = json.Number(text)
				continue
			}
			v[k] = loosened(inner)
		}
	}
	return v
}
