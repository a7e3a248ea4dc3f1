package search

import (
	"strings"
	"sync"
)

// stopLists are words that say nothing about a subject, by language. They are left out of questions,
// not of what is indexed. Words that mean a thing in the trade of another language ("die", "but",
// "car") stand only in the list of their own.
var stopLists = map[string]string{
	"en": `hello hi thanks thank a about after all also am an and any are as at be been but by can could did do does doing else ever for
		from get give had has have he her here him his how i if in into is it its just know me more most my
		need no not of on one or our out over own please she should so some such than that the their them
		then there these they this those to too up us use using very was we were what when where which
		while who whom why will with without would you your anyone anybody someone somebody don doesn didn isn aren wasn won ll re ve`,
	"it": `a ad agli ai al alla alle allo anche anzi avere avete abbiamo vorrei vorremmo possiamo buongiorno ciao grazie salve che chi ci cio come con cosa cui da dagli dai dal dalla dalle
		dallo degli dei del della delle dello di dove e ed era essere fa fare fra gli ha hai hanno ho i il in io
		la le lei li lo loro lui ma me mi mia mie miei mio ne negli nei nel nella nelle nello noi non nostra nostri
		nostro o ogni ossia per perche piu poi posso potete puo qual quale quali quando quanto quella quelle
		quelli quello questa queste questi questo qualcuno qui se sei senza si sia siamo sono sta su sua sue sugli
		sui sul sulla sulle sullo suo suoi tra tu tua tuo tutti tutto un una uno vi voi come c d l m n s t v dell nell
		dall sull all coll quell quest c'e`,
	"de": `hallo danke bitte aber alle allem allen aller alles als also am an auch auf aus bei bin bis bist da damit das dass dein dem den
		der des die dies diese diesem diesen dieser dieses doch dort du durch ein eine einem einen einer eines er es
		euch fur hab habe haben hat hatte hier ich ihr ihre ihrem ihren im in ist ja jede jedem jeden jeder kann
		kein keine konnen man mein meine mich mir mit nach nicht noch nur ob oder ohne sein seine sich sie sind so
		uber um und uns unser unsere vom von vor wann warum was welche welcher welches wenn wer werden wie wir
		wird wo zu zum zur zwischen`,
	"fr": `bonjour merci a afin ai alors au aucun aussi autre aux avec avez avoir avons c ca car ce cela ces cet cette ceux chez comme
		comment d dans de des donc dont du elle elles en entre est et etait etre eux faire fait il ils j je l la
		le les leur leurs lui m ma mais me meme mes moi mon n ne nos notre nous on ont ou par pas peut plus
		pour pourquoi qu quand que quel quelle quelles quels qui s sa sans se ses si son sont sous sur t ta te
		tes toi ton tous tout toute toutes tres tu un une vos votre vous y`,
	"es": `hola gracias a al algo alguien algun alguna ante antes aqui asi aun como con cual cuales cuando de del desde donde dos e el
		ella ellas ellos en entre era es esa ese eso esta estan estar este esto estos fue ha hace hacer hacia hasta
		hay he la las le les lo los mas me mi mis muy nada ni no nos nosotros nuestra nuestro o os otra otro para
		pero por porque puede puedo que quien se sea ser si sin sobre son su sus tambien te tiene todo todos tu un
		una uno unos y ya yo`,
	"pt": `a ao aos as ate alguem algum com como da das de dela dele deles depois do dos e ela elas ele eles em entre era
		essa esse esta estao estas este estes eu foi ha isso isto ja la lhe mais mas me mesmo meu minha muito na
		nao nas nem no nos nossa nosso num numa o os ou para pela pelas pelo pelos pode por porque posso qual
		quais quando que quem sao se sem ser seu seus sim so sobre sua suas tambem te tem um uma voce`,
	"pl": `a aby ale albo ani az bardzo bez bo byc macie masz mamy jestesmy moga chce chcemy prosze dzien dobry dziekuje czesc byl byla bylo byli by bym ci cie co czy dla do dlaczego gdy gdzie go i ich
		ile im inny ja jak jaka jaki jakie jako je jego jej jest jestem jesli juz kiedy kogo komu kto ktos ktora
		ktore ktory ktorych ktorzy lub ma mam maja mi mnie moj moja moje moze mozna moge musi my na nad nam nas nasz nasza
		nasze nich nie nim niz o od on ona one oni oraz pan pani po pod przed przez przy sa sie skad sobie swoj ta tak
		taki takze tam te tego tej ten to tu tutaj tych tylko tym u w we wasz wiec wy z za zas ze zeby`,
	"el": `αλλα αν απο αυτα αυτη αυτο αυτος για δε δεν εγω εδω ειμαι ειναι εισαι εκει ενα ενας εναν εχει εχω εχουμε η ηταν θα και
		καθε κατα κι μα μας με μεσα μετα μη μην μια μου να ο οι ολα ομως οπου οπως οσο οταν οτι ουτε ποια ποιο
		ποιος ποτε που πως σαν σας σε στα στη στην στις στο στον στους τα τη την της τι τις το τον του τους των ως πρεπει μπορω`,
	"nl": `aan al alle als bij daar dan dat de der deze die dit door dus een en er geen had heb hebben heeft het hier hij hoe
		hun ik in is ja je kan kunnen maar me met mij mijn moet na naar niet nog nu of om omdat ons onze ook op
		over te tegen toch tot uit u van veel voor waar waarom wanneer want was wat we wel welke werd wie wij willen
		worden wordt ze zich zij zijn zo zonder`,
	"ro": `a acea aceasta acest aceste ai al ale am ar as asta atunci au avem ca care ce cel cele cei cine cu cum cand da daca
		dar de deci din doar dupa e ea ei el ele era este eu exista face fara fi fie fost il in intre isi la le
		li lor lui ma mai me mea mei meu mi multi ne nici noi nostru nu o ori pe pentru prin sa sale sau se si sunt
		spre sub te tu un una unde unei unui unor va voi vor`,
	"cs": `a aby ale ani asi az bez bude by byl byla bylo byt co coz cz dalsi do ho i ja jak jako je jeho jej jeji jejich jen jeste
		ji jiz jsem jsme jsou jste k kam kde kdo kdy kdyz ke ktera ktere kteri ktery ma mate me mezi mi mit mne mnou moje
		muj muze my na nad nam nas nase ne nebo nej neni nez nic o od on ona oni ono pak po pod podle pokud
		pouze pro proc proto pred pres pri s se si sve svych ta tak take tam ten tento teto tim to tohle toho tom tu
		ty u uz v vam vas vase ve vice vsak vy z za ze`,
	"sk": `a aby aj ak ako aky ale alebo ani asi az bez bol bola bolo bude by byt co do ho i ich ja je jeho jej ju k kde ked kto ktora
		ktore ktory ku ma mat moze my na nad nam nas nasa nasi nie nich o od on ona oni po pod podla pre pred preto pri
		s sa si so su svoj ta tak takze tam te ten tento to toho tom tu ty u uz v vam vas vo vsak vy z za ze`,
	"sv": `alla att av bara blir da de dem den denna det detta dig din dina du eller en er ett fran for finns ha han har hej hon
		hos hur i icke in inte jag kan man med men mig min mina mot ni nar nagon nagot och om oss pa sa sig sin
		ska som till under upp ut utan vad var vara varfor vem vi vid vilka vilken`,
}

var stopSets = sync.OnceValue(func() map[string]map[string]bool {
	out := make(map[string]map[string]bool, len(stopLists))
	for lang, list := range stopLists {
		set := map[string]bool{}
		for _, w := range strings.Fields(list) {
			set[foldWord(w)] = true
		}
		out[lang] = set
	}
	return out
})

// stop reports whether a folded word says nothing in a question by somebody who writes lang. English
// words count for everybody; when the language is unknown, those of every language.
func stop(w, lang string) bool {
	sets := stopSets()
	if lang = stemCode(lang); lang != "" {
		return sets["en"][w] || sets[lang][w]
	}
	for _, set := range sets {
		if set[w] {
			return true
		}
	}
	return false
}
