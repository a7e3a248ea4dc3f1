package text

import "strings"

// calendar is how one language writes a day. The months stand in the case that follows a day.
type calendar struct {
	order string // with D, M and Y for day, month and year
	first string // the first day of a month where it is written otherwise
	month []string
}

func names(s string) []string { return strings.Fields(s) }

// months follow CLDR's long date format.
var months = map[string]calendar{
	"bg": {order: "D M Y г.", month: names("януари февруари март април май юни юли август септември октомври ноември декември")},
	"ca": {order: "D M de Y", month: strings.Split("de gener,de febrer,de març,d’abril,de maig,de juny,de juliol,d’agost,de setembre,d’octubre,de novembre,de desembre", ",")},
	"cs": {order: "D. M Y", month: names("ledna února března dubna května června července srpna září října listopadu prosince")},
	"da": {order: "D. M Y", month: names("januar februar marts april maj juni juli august september oktober november december")},
	"de": {order: "D. M Y", month: names("Januar Februar März April Mai Juni Juli August September Oktober November Dezember")},
	"el": {order: "D M Y", month: names("Ιανουαρίου Φεβρουαρίου Μαρτίου Απριλίου Μαΐου Ιουνίου Ιουλίου Αυγούστου Σεπτεμβρίου Οκτωβρίου Νοεμβρίου Δεκεμβρίου")},
	"en": {order: "D M Y", month: names("January February March April May June July August September October November December")},
	"es": {order: "D de M de Y", month: names("enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre")},
	"et": {order: "D. M Y", month: names("jaanuar veebruar märts aprill mai juuni juuli august september oktoober november detsember")},
	"fi": {order: "D. M Y", month: names("tammikuuta helmikuuta maaliskuuta huhtikuuta toukokuuta kesäkuuta heinäkuuta elokuuta syyskuuta lokakuuta marraskuuta joulukuuta")},
	"fr": {order: "D M Y", first: "1er", month: names("janvier février mars avril mai juin juillet août septembre octobre novembre décembre")},
	"hr": {order: "D. M Y.", month: names("siječnja veljače ožujka travnja svibnja lipnja srpnja kolovoza rujna listopada studenoga prosinca")},
	"hu": {order: "Y. M D.", month: names("január február március április május június július augusztus szeptember október november december")},
	"it": {order: "D M Y", month: names("gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre")},
	"lt": {order: "Y m. M D d.", month: names("sausio vasario kovo balandžio gegužės birželio liepos rugpjūčio rugsėjo spalio lapkričio gruodžio")},
	"lv": {order: "Y. gada D. M", month: names("janvāris februāris marts aprīlis maijs jūnijs jūlijs augusts septembris oktobris novembris decembris")},
	"nb": {order: "D. M Y", month: names("januar februar mars april mai juni juli august september oktober november desember")},
	"nl": {order: "D M Y", month: names("januari februari maart april mei juni juli augustus september oktober november december")},
	"no": {order: "D. M Y", month: names("januar februar mars april mai juni juli august september oktober november desember")},
	"pl": {order: "D M Y", month: names("stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia")},
	"pt": {order: "D de M de Y", month: names("janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro")},
	"ro": {order: "D M Y", month: names("ianuarie februarie martie aprilie mai iunie iulie august septembrie octombrie noiembrie decembrie")},
	"sk": {order: "D. M Y", month: names("januára februára marca apríla mája júna júla augusta septembra októbra novembra decembra")},
	"sl": {order: "D. M Y", month: names("januar februar marec april maj junij julij avgust september oktober november december")},
	"sv": {order: "D M Y", month: names("januari februari mars april maj juni juli augusti september oktober november december")},
	"tr": {order: "D M Y", month: names("Ocak Şubat Mart Nisan Mayıs Haziran Temmuz Ağustos Eylül Ekim Kasım Aralık")},
	"uk": {order: "D M Y р.", month: names("січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня")},
}

// weekdays begin with Sunday, as time.Weekday does.
var weekdays = map[string][]string{
	"bg": names("неделя понеделник вторник сряда четвъртък петък събота"),
	"ca": names("diumenge dilluns dimarts dimecres dijous divendres dissabte"),
	"cs": names("neděle pondělí úterý středa čtvrtek pátek sobota"),
	"da": names("søndag mandag tirsdag onsdag torsdag fredag lørdag"),
	"de": names("Sonntag Montag Dienstag Mittwoch Donnerstag Freitag Samstag"),
	"el": names("Κυριακή Δευτέρα Τρίτη Τετάρτη Πέμπτη Παρασκευή Σάββατο"),
	"en": names("Sunday Monday Tuesday Wednesday Thursday Friday Saturday"),
	"es": names("domingo lunes martes miércoles jueves viernes sábado"),
	"et": names("pühapäev esmaspäev teisipäev kolmapäev neljapäev reede laupäev"),
	"fi": names("sunnuntai maanantai tiistai keskiviikko torstai perjantai lauantai"),
	"fr": names("dimanche lundi mardi mercredi jeudi vendredi samedi"),
	"hr": names("nedjelja ponedjeljak utorak srijeda četvrtak petak subota"),
	"hu": names("vasárnap hétfő kedd szerda csütörtök péntek szombat"),
	"it": names("domenica lunedì martedì mercoledì giovedì venerdì sabato"),
	"lt": names("sekmadienis pirmadienis antradienis trečiadienis ketvirtadienis penktadienis šeštadienis"),
	"lv": names("svētdiena pirmdiena otrdiena trešdiena ceturtdiena piektdiena sestdiena"),
	"nb": names("søndag mandag tirsdag onsdag torsdag fredag lørdag"),
	"nl": names("zondag maandag dinsdag woensdag donderdag vrijdag zaterdag"),
	"no": names("søndag mandag tirsdag onsdag torsdag fredag lørdag"),
	"pl": names("niedziela poniedziałek wtorek środa czwartek piątek sobota"),
	"pt": names("domingo segunda-feira terça-feira quarta-feira quinta-feira sexta-feira sábado"),
	"ro": names("duminică luni marți miercuri joi vineri sâmbătă"),
	"sk": names("nedeľa pondelok utorok streda štvrtok piatok sobota"),
	"sl": names("nedelja ponedeljek torek sreda četrtek petek sobota"),
	"sv": names("söndag måndag tisdag onsdag torsdag fredag lördag"),
	"tr": names("Pazar Pazartesi Salı Çarşamba Perşembe Cuma Cumartesi"),
	"uk": names("неділя понеділок вівторок середа четвер пʼятниця субота"),
}
