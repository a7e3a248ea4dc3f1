// Package charts draws pictures of figures, with go-analyze/charts.
package charts

import (
	"fmt"

	"github.com/go-analyze/charts"
)

// Weeks are counts of several kinds over some weeks. Its texts are in Latin script: the font has no other.
type Weeks struct {
	Title  string
	Kinds  []string // as the legend names them
	Labels []string // of the weeks; empty ones are left out
	Counts [][]int  // of each kind, for each week
}

// The picture is drawn large, so that what it says can be read where a phone shows it 360 points wide.
const (
	width, height = 1200, 800
	small, large  = 34, 42
)

// ink and paper are chosen so that the picture looks the same on light and dark pages: it brings its own
// ground, not quite white. The colours can be told apart without red and green.
var (
	paper = charts.Color{R: 0xfa, G: 0xf9, B: 0xf6, A: 0xff}
	ink   = charts.Color{R: 0x22, G: 0x2b, B: 0x33, A: 0xff}
	faint = charts.Color{R: 0xd5, G: 0xd6, B: 0xd2, A: 0xff}
	kinds = []charts.Color{{R: 0x1f, G: 0x5a, B: 0x8a, A: 0xff}, {R: 0xe0, G: 0x9f, B: 0x3e, A: 0xff}, {R: 0x5f, G: 0xa8, B: 0xa0, A: 0xff}, {R: 0x7b, G: 0x4b, B: 0x94, A: 0xff}}
)

// PNG draws stacked bars.
func (w Weeks) PNG() ([]byte, error) {
	data := make([][]float64, len(w.Counts))
	most := 0
	for week := range w.Labels {
		sum := 0
		for kind, list := range w.Counts {
			if len(list) != len(w.Labels) {
				return nil, fmt.Errorf("draw weeks: %d counts for %d weeks", len(list), len(w.Labels))
			}
			data[kind] = append(data[kind], float64(list[week]))
			sum += list[week]
		}
		most = max(most, sum)
	}
	theme := charts.MakeTheme(charts.ThemeOption{BackgroundColor: paper, TextColor: ink, AxisStrokeColor: faint, AxisSplitLineColor: faint, SeriesColors: kinds})
	opt := charts.NewBarChartOptionWithData(data)
	opt.Theme, opt.StackSeries = theme, charts.Ptr(true)
	opt.Padding = charts.NewBox(36, 28, 36, 24)
	opt.Title = charts.TitleOption{Text: w.Title, Offset: charts.OffsetStr{Left: "0", Top: "0"}, FontStyle: charts.FontStyle{FontSize: large, FontColor: ink}}
	opt.Legend = charts.LegendOption{SeriesNames: w.Kinds, FontStyle: charts.FontStyle{FontSize: small, FontColor: ink}, Offset: charts.OffsetStr{Left: "0", Top: "110"}, Symbol: charts.SymbolSquare}
	opt.CategoryAxis = charts.CategoryAxisOption{Labels: w.Labels, LabelFontStyle: charts.FontStyle{FontSize: small, FontColor: ink}, LabelCount: len(w.Labels)}
	step := max(1, (most+3)/4)
	opt.ValueAxis[0] = charts.ValueAxisOption{LabelFontStyle: charts.FontStyle{FontSize: small, FontColor: ink}, Min: charts.Ptr(0.0),
		Max: charts.Ptr(float64(4 * step)), LabelCount: 5, SplitLineShow: charts.Ptr(true),
		ValueFormatter: func(f float64) string { return fmt.Sprint(int(f)) }}
	p := charts.NewPainter(charts.PainterOptions{OutputFormat: charts.ChartOutputPNG, Width: width, Height: height, Theme: theme})
	p.FilledRect(0, 0, width, height, paper, paper, 0)
	if err := p.BarChart(opt); err != nil {
		return nil, fmt.Errorf("draw weeks: %w", err)
	}
	return p.Bytes()
}
